"""The store of known evidence: for its owner alone, and empty wherever it does not fit."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from graders import known_evidence as module
from graders.assignment import Assignment
from graders.known_evidence import FOLDER, EvidenceStore, merged, name_of_run
from graders.runner import Job, Runner

TEXTS = {"a": '{"x": 1.5}', "b": None, "c": "\N{SNOWMAN} \\ \n"}


@pytest.fixture
def store(tmp_path: Path, lesson: Assignment) -> EvidenceStore:
    return EvidenceStore(tmp_path, lesson)


def files(course: Path) -> list[Path]:
    return sorted(path for path in (course / FOLDER).rglob("*") if path.is_file())


def test_what_is_added_is_read_by_others_of_the_same_assignment_and_nonce(
    store: EvidenceStore, tmp_path: Path, lesson: Assignment
) -> None:
    assert store.read("one") == {}
    store.add("one", TEXTS)
    assert EvidenceStore(tmp_path, lesson).read("one") == TEXTS
    assert store.read("two") == {}


def test_what_is_added_joins_what_was_there(store: EvidenceStore) -> None:
    store.add("one", TEXTS)
    store.add("one", {"b": "later", "d": None})
    assert store.read("one") == {**TEXTS, "b": "later", "d": None}


def test_folders_and_files_are_the_owners_alone(store: EvidenceStore, tmp_path: Path) -> None:
    store.add("one", TEXTS)
    (path,) = files(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("nonce", ["../../outside", "a/b", "", "\N{SNOWMAN}" * 200])
def test_any_nonce_has_a_file_of_its_own_below_the_folder(
    store: EvidenceStore, tmp_path: Path, nonce: str
) -> None:
    store.add(nonce, TEXTS)
    store.add("one", {})
    assert store.read(nonce) == TEXTS and len(files(tmp_path)) == 2
    assert [path.name for path in tmp_path.iterdir()] == [".graders"]


def cut_short(data: bytes) -> bytes:
    return data[: len(data) // 2]


def other_number(data: bytes) -> bytes:
    assert b"1.5" in data
    return data.replace(b"1.5", b"2.5")


@pytest.mark.parametrize(
    "damage",
    [
        cut_short,
        other_number,
        lambda data: b"",
        lambda data: b"\xff\xfe" + data,
        lambda data: b"[]",
        lambda data: b'{"key": "", "digest": "", "texts": {}}',
        lambda data: data.replace(b"null", b"1234"),
        lambda data: data + b"}",
    ],
)
def test_a_damaged_file_counts_as_empty_and_is_replaced(
    store: EvidenceStore, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    store.add("one", TEXTS)
    (path,) = files(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert store.read("one") == {}
    store.add("one", {"d": "new"})
    assert store.read("one") == {"d": "new"}


def test_a_file_of_another_nonce_counts_as_empty(store: EvidenceStore, tmp_path: Path) -> None:
    store.add("one", TEXTS)
    (path,) = files(tmp_path)
    store.add("two", {})
    (other,) = [each for each in files(tmp_path) if each != path]
    shutil.copy(path, other)
    assert store.read("two") == {}


def test_a_folder_in_place_of_the_file_counts_as_empty(store: EvidenceStore, tmp_path: Path) -> None:
    store.add("one", TEXTS)
    (path,) = files(tmp_path)
    path.unlink()
    path.mkdir()
    assert store.read("one") == {}
    with pytest.raises(IsADirectoryError):
        store.add("one", TEXTS)
    assert files(tmp_path) == [], "nothing unfinished is left"


def test_evidence_of_another_lab_does_not_count(lesson: Assignment, tmp_path: Path) -> None:
    folder = tmp_path / "source" / lesson.name
    shutil.copytree(lesson.folder, folder)
    copy = replace(lesson, folder=folder)
    EvidenceStore(tmp_path, copy).add("one", TEXTS)
    for name, counts in (
        ("notes.ipynb", True),
        (".hidden", True),
        ("tinystack/__pycache__/lab.pyc", True),
        ("numbers.csv", False),
        ("tinystack/lab/extra.py", False),
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x = 1\n")
        assert EvidenceStore(tmp_path, copy).read("one") == (TEXTS if counts else {}), name
        (folder / name).unlink()


def test_evidence_of_another_machine_does_not_count(
    store: EvidenceStore, lesson: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add("one", TEXTS)
    monkeypatch.setattr(module, "machine", lambda: "another")
    assert EvidenceStore(tmp_path, lesson).read("one") == {}


def test_what_is_of_no_use_any_more_is_removed(store: EvidenceStore, tmp_path: Path) -> None:
    for nonce in ("one", "two", "gone"):
        store.add(nonce, TEXTS)
    (files(tmp_path)[0].parent / ".unfinished.json.1").write_text("cut short")
    store.keep({"one": ["a", "b"], "two": [*TEXTS, "more"], "three": ["a"]})
    assert store.read("one") == {"a": TEXTS["a"], "b": None}
    assert store.read("two") == TEXTS
    assert len(files(tmp_path)) == 2


def test_students_code_does_not_see_it(lesson: Assignment, tmp_path: Path) -> None:
    folder = tmp_path / "course" / "source" / lesson.name
    shutil.copytree(lesson.folder, folder)
    store = EvidenceStore(tmp_path / "course", lesson)
    store.add("one", TEXTS)
    (path,) = files(tmp_path / "course")
    walk = (
        "import os\n"
        "seen = [name for top in os.listdir('/') if top not in ('proc', 'sys')\n"
        "        for _, _, names in os.walk('/' + top) for name in names]\n"
        f"raise LookupError(len(seen) > 100, {path.name!r} in seen, 'lab.py' in seen or 'part.py' in seen)\n"
    )
    with Runner(folder) as runner:
        result = runner.run(Job((f"open({str(path)!r})", walk), (), "one"))
    assert [error.type for error in result.cell_errors] == ["FileNotFoundError", "LookupError"]
    assert result.cell_errors[1].message == "(True, False, True)"


def test_runs_are_named_by_their_texts_and_where_one_ends() -> None:
    names = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("ab", "d"), ("\ud800",)]
    assert len({name_of_run(*texts) for texts in names}) == len(names)
    assert name_of_run("ab", "c") == name_of_run("ab", "c")


def test_what_two_know_is_put_together_by_nonce() -> None:
    one, other = {"n": {"a": "1", "b": None}}, {"n": {"b": "2"}, "m": {"c": None}}
    assert merged(one, other) == {"n": {"a": "1", "b": "2"}, "m": {"c": None}}
    assert merged({}, {}) == {}
