"""Any name of a file is a safe path or refused, and any bytes are an archive or refused."""

from __future__ import annotations

import contextlib
import io
import zipfile
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graders.intake.archives import in_archive, opened
from graders.intake.clock import parse_time
from graders.intake.files import UnreadableError
from graders.intake.identity import NoIdError, default_ids, safe_id
from graders.intake.layout import divide
from graders.intake.limits import MAX_DEPTH, MAX_ID_BYTES, MAX_NAME_BYTES
from graders.intake.names import Conventions, Sender, blackboard_title, of_folder
from graders.intake.paths import Parts, UnsafePathError, clean, unique_paths
from graders.intake.staging import stage

slow = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
fuzz = settings(derandomize=False, print_blob=True, deadline=None, suppress_health_check=slow)

NAME = "07_training"
PIECES = st.sampled_from(
    (
        *(
            "..",
            "/",
            "\\",
            ".",
            "_",
            "+",
            " ",
            "C:",
            "~",
            "\0",
            "\x1b",
            "\ud800",
            "\u202e",
            "[x]",
            "*",
            "é",
            "e\u0301",
        ),
        *("_attempt_2026-11-20-10-15-00_", "_123_456_", "_LATE_", "_assignsubmission_file_", "anon_x1"),
        *(f"+{NAME}+2026-11-20 10:15:00 UTC", NAME, ".ipynb", ".zip", "__MACOSX", "ada", "Ada Beech"),
        *("(1)", "-Copy1", "x" * 300, "/" * 30),
    )
)
NAMES = st.lists(PIECES | st.text(max_size=4), max_size=7).map("".join)


def assert_safe(parts: Parts) -> None:
    """Each part is a plain name that any file system takes."""
    assert 1 <= len(parts) <= MAX_DEPTH
    for part in parts:
        assert part not in ("", ".", "..")
        assert not any(char in part for char in "/\0\n\x1b\u202e\ud800")
        assert len(part.encode()) <= MAX_NAME_BYTES


@settings(fuzz, max_examples=500)
@given(name=NAMES)
def test_a_path_is_safe_or_refused(name: str) -> None:
    parts = cleaned(name)
    assert_safe(parts)
    assert clean("/".join(parts)) == parts


def cleaned(name: str) -> Parts:
    """The parts of a path; where it is refused, those of its owner's name and something behind it."""
    try:
        return clean(name)
    except UnsafePathError as error:
        return (*error.owner, "refused")


@settings(fuzz, max_examples=500)
@given(name=NAMES)
def test_an_id_is_safe_or_refused(name: str) -> None:
    student = id_or_refusal(name)
    if student.startswith("refused: "):
        assert student.isprintable() and "rename it" in student
        return
    assert_safe((student,))
    assert len(student.encode()) <= MAX_ID_BYTES
    assert not set(student) & set('*?[]/\\+,;:"\n\r\t') and student[0] not in ".-"
    assert safe_id(student).student == student


def id_or_refusal(name: str) -> str:
    try:
        return safe_id(name).student
    except NoIdError as error:
        return f"refused: {error}"


@settings(fuzz, max_examples=300)
@given(names=st.lists(NAMES, max_size=8))
def test_no_two_senders_have_one_id(names: list[str]) -> None:
    senders = {Sender("canvas", name, str(number % 3)) for number, name in enumerate(names)}
    ids = default_ids(senders).values()
    given_out = [identity.student.casefold() for identity in ids if not isinstance(identity, NoIdError)]
    assert len(set(given_out)) == len(given_out) and len(ids) == len(senders)


@settings(fuzz, max_examples=500)
@given(names=st.lists(NAMES, min_size=1, max_size=4))
@example(names=[f"ada+07_training+2026-11-20 10:15:00 UTC{'x' * 300}"])  # longer than a file's name may be
def test_names_are_read_by_a_convention_or_not_at_all(names: list[str]) -> None:
    title = blackboard_title(names, NAME)
    for name in names:
        for named in (Conventions(title).of_file(name), Conventions().of_file(name), of_folder(name)):
            assert named is None or (
                named.sender.name and name.endswith(named.file.removeprefix("submission"))
            )


@settings(fuzz, max_examples=200)
@given(text=st.text() | st.from_regex(r"\d{1,9}-\d\d-\d\d \d\d:\d\d:\d\d( \w{1,5}|[+-]\d{1,30})?"))
def test_a_time_is_read_or_unknown(text: str) -> None:
    time = parse_time(text)
    assert time is None or time.tzinfo in (None, UTC)


@settings(fuzz, max_examples=300)
@given(
    paths=st.lists(
        st.lists(st.sampled_from(("a", "A", "a-2", "b", "b.txt", "B.TXT")), min_size=1, max_size=3)
    )
)
def test_files_get_paths_of_their_own(paths: list[list[str]]) -> None:
    found = unique_paths([tuple(path) for path in paths])
    folded = [tuple(part.casefold() for part in path) for path in found]
    assert len(found) == len(paths) and len(set(folded)) == len(folded)
    folders = {path[:depth] for path in folded for depth in range(1, len(path))}
    assert not folders & set(folded), "no name is both a file's and a folder's"
    assert [len(path) for path in found] == [len(path) for path in paths]


def written(folder: Path, content: bytes) -> dict[str, Any]:
    """List and unpack an archive as the intake does; return what is where."""
    source = folder / "class.zip"
    source.write_bytes(content)
    target = folder / "out"
    target.mkdir()
    with opened(source, of_class=True) as archive:
        division = divide(in_archive(archive), NAME, (), Conventions(), "class.zip")
        for number, attempt in enumerate(division.attempts):
            (target / str(number)).mkdir()
            files, _ = stage(attempt.files, attempt.skipped, target / str(number))
            for path in unique_paths([file.parts for file in files]):
                assert_safe(path)
    return {path.relative_to(folder).as_posix(): path.stat().st_mode for path in folder.rglob("*")}


@pytest.fixture
def folders(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """folders(): a new empty folder."""
    return lambda: tmp_path_factory.mktemp("archive")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(fuzz, max_examples=60)
@given(entries=st.lists(st.tuples(NAMES, st.integers(0, 0xFFFF), st.binary(max_size=20)), max_size=8))
def test_an_archive_of_any_names_and_kinds_is_unpacked_within_its_folder(
    entries: list[tuple[str, int, bytes]], folders: Any
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, mode, content in entries:
            info = zipfile.ZipInfo("x")
            info.filename = name.encode("utf-8", "replace").decode()
            info.external_attr = mode << 16
            archive.writestr(info, content)
    there = written(folders(), buffer.getvalue())
    assert all(path.split("/")[0] in ("class.zip", "out") for path in there)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(fuzz, max_examples=80)
@given(data=st.data())
def test_an_archive_with_bytes_changed_is_unpacked_or_refused(data: st.DataObject, folders: Any) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (f"ada/{NAME}.ipynb", "bo/data.csv", "Ada Beech_1_assignsubmission_file_/x.ipynb"):
            archive.writestr(name, b"content " * 20)
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        size = data.draw(st.integers(0, 4))
        content[at : at + size] = data.draw(st.binary(max_size=4))
    with contextlib.suppress(UnreadableError):
        assert written(folders(), bytes(content))
