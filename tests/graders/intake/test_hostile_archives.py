"""Archives that attack or are broken cost their own student at most, and write nothing outside."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from graders.intake import IntakeError, archives, limits, staging

if TYPE_CHECKING:
    from conftest import Desk

NAME = "07_training"
NOTEBOOK = f"{NAME}.ipynb"

Pack = Callable[["Desk"], bytes]


def with_entries(*entries: tuple[str, int, bytes]) -> Pack:
    """A zip file with a good notebook and entries of any name and mode."""

    def pack(desk: Desk) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(desk.entry(NOTEBOOK), desk.work("good"))
            for name, mode, content in entries:
                archive.writestr(desk.entry(name, mode=mode), content)
        return buffer.getvalue()

    return pack


def named(*names: str) -> Pack:
    return with_entries(*((name, 0o100644, b"evil") for name in names))


def patched(pack: Pack, old: bytes, new: bytes) -> Pack:
    return lambda desk: pack(desk).replace(old, new)


def bomb(desk: Desk) -> bytes:
    return with_entries(("zeros.bin", 0o100644, bytes(64 * limits.MIB)))(desk)


def lying_bomb(desk: Desk) -> bytes:
    """A bomb whose table of contents says that it is small."""
    size = 64 * limits.MIB
    return bomb(desk).replace(struct.pack("<L", size), struct.pack("<L", 1000))


def encrypted(desk: Desk) -> bytes:
    """An archive whose second entry is marked as encrypted, in both of its headers."""
    data = bytearray(named("secret.txt")(desk))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rfind(signature) + flags] |= 1
    return bytes(data)


# What an archive holds besides a good notebook, and what is told of it.
PARTLY_BAD: dict[str, tuple[Pack, str]] = {
    "a name that leads out": (named("../../../escaped.txt"), "leads out of its folder"),
    "a name that leads out behind a folder": (named("a/../../../../escaped.txt"), "leads out of its folder"),
    "a name that leads out with backslashes": (named("..\\..\\escaped.txt"), "leads out of its folder"),
    "an absolute name": (named("/tmp/escaped.txt"), "absolute path"),
    "an absolute name of Windows": (named("C:\\escaped.txt"), "absolute path"),
    "a name of a network share": (named("\\\\server\\escaped.txt"), "absolute path"),
    "a link": (with_entries(("link", stat.S_IFLNK | 0o777, b"/etc/passwd")), "it is a link"),
    "a device": (with_entries(("null", stat.S_IFCHR | 0o666, b"")), "it is no plain file"),
    "a pipe": (with_entries(("pipe", stat.S_IFIFO | 0o666, b"")), "it is no plain file"),
    "a folder too deep": (named("/".join("d" * 100) + "/x"), "folders deep"),
    "an encrypted file": (encrypted, "it is encrypted; zip it again without a password"),
    "a bomb": (bomb, "as a zip bomb does"),
    "a bomb that lies of its size": (lying_bomb, "left out"),
}


@pytest.mark.parametrize("case", PARTLY_BAD)
def test_what_is_bad_in_an_archive_is_left_out_and_the_notebook_is_taken(desk: Desk, case: str) -> None:
    pack, told = PARTLY_BAD[case]
    desk.put("mallory.zip", pack(desk))
    desk.put("bo.zip", desk.zipped({NOTEBOOK: desk.work("b")}))
    outside = desk.tree(desk.inbox.parent).keys()
    assert desk.states() == {"bo": "new", "mallory": "new"}
    assert desk.notebook("mallory") == desk.work("good") and desk.notebook("bo") == desk.work("b")
    assert told in desk.notes("mallory") and not desk.notes("bo")
    assert "mallory.zip" in desk.submitted("mallory"), "what was not unpacked is kept in the archive"
    new = desk.tree(desk.inbox.parent).keys() - outside
    allowed = (f"course/submitted/mallory/{NAME}/", f"course/submitted/bo/{NAME}/", "course/.graders/intake/")
    assert all(path.startswith(allowed) for path in new)
    assert not any("escaped" in path for path in new)


ODD_NAMES: dict[str, tuple[str, str]] = {
    "control characters": ("a\x1b[31m\x07.txt", "a_[31m_.txt"),
    "a right-to-left mark": ("\u202etxt.exe", "_txt.exe"),
    "only dots": (".../...", ".../..."),
    "a glob": ("[x]*?.txt", "[x]*?.txt"),
    "an option": ("-rf", "-rf"),
    "a backslash": ("data\\points.csv", "data/points.csv"),
}


@pytest.mark.parametrize("case", ODD_NAMES)
def test_odd_names_are_made_safe(desk: Desk, case: str) -> None:
    name, written = ODD_NAMES[case]
    desk.put("ada.zip", named(name)(desk))
    assert desk.states() == {"ada": "new"}
    assert desk.submitted("ada") == {NOTEBOOK: desk.work("good"), written: b"evil"}


def test_an_over_long_name_is_cut(desk: Desk) -> None:
    desk.put("ada.zip", named("ü" * 3000 + ".txt", "ü" * 2999 + ".txt")(desk))
    desk.collect()
    others = desk.submitted("ada").keys() - {NOTEBOOK}
    assert len(others) == 2 and all(len(name.encode()) <= 200 and name.endswith(".txt") for name in others)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("end", [".txt", ".", "." + "y" * 300])
def test_an_over_long_name_that_is_there_twice_stays_within_the_limit(desk: Desk, end: str) -> None:
    desk.put("ada.zip", named(*["ü" * 300 + end] * 12)(desk))
    desk.collect()
    others = desk.submitted("ada").keys() - {NOTEBOOK}
    assert len(others) == 12 and all(len(name.encode()) <= limits.MAX_NAME_BYTES for name in others)


def test_names_that_are_no_utf_8_are_taken_in_the_old_way(desk: Desk) -> None:
    packed = patched(named("uml_u.txt"), b"uml_u.txt", b"uml\x81u.txt")
    desk.put("ada.zip", packed(desk))
    desk.collect()
    assert desk.submitted("ada")["umlüu.txt"] == b"evil"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_are_there_twice_or_differ_in_case_are_all_kept(desk: Desk) -> None:
    names = ("data.csv", "data.csv", "DATA.CSV", "Data", "data/inner.txt")
    entries = [(name, 0o100644, f"{number}".encode()) for number, name in enumerate(names)]
    desk.put("ada.zip", with_entries(*entries)(desk))
    desk.collect()
    files = desk.submitted("ada")
    assert sorted(content for name, content in files.items() if name != NOTEBOOK) == [
        b"0",
        b"1",
        b"2",
        b"3",
        b"4",
    ]
    folded = [name.casefold() for name in files]
    assert len(set(folded)) == len(folded)
    assert "data.csv was there more than once; one is now data-2.csv" in desk.notes("ada")


def cut(desk: Desk) -> bytes:
    return desk.zipped({NOTEBOOK: desk.work("a")})[:-40]


def wrong_sum(desk: Desk) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(NOTEBOOK, desk.work("marker_of_mine"))
    return buffer.getvalue().replace(b"marker_of_mine", b"marker_of_mina", 1)


def unusual(desk: Desk) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(NOTEBOOK, desk.work("a"))
    return buffer.getvalue()


def many_names(desk: Desk) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(3000):
            archive.writestr(f"{number:0200}.txt", b"")
    return buffer.getvalue()


def hidden_zip64(desk: Desk) -> bytes:
    """A second table of contents, which the first record does not tell of."""
    data = desk.zipped({NOTEBOOK: desk.work("a")})
    at = data.rfind(archives.END)
    return data[:at] + archives.ZIP64_LOCATOR + bytes(16) + data[at:]


WHOLLY_BAD: dict[str, tuple[Pack, str]] = {
    "no zip file": (lambda desk: b"not a zip file", "it is no zip file"),
    "an empty file": (lambda desk: b"", "it is no zip file"),
    "an archive that was cut off": (cut, "was not stored completely; zip the folder again"),
    "an end without a beginning": (lambda desk: archives.END + bytes(18), "there is no notebook"),
    "a table of contents elsewhere": (lambda desk: archives.END + b"\xff" * 18, "could not be unpacked"),
    "a content with a wrong sum": (wrong_sum, "it is broken"),
    "an unusual method": (unusual, "packed in an unusual way"),
    "a hidden second table": (hidden_zip64, "too many files; hand in the notebook alone"),
    "too many names": (many_names, "too many files; hand in the notebook alone"),
}


@pytest.mark.parametrize("case", WHOLLY_BAD)
def test_a_bad_archive_is_a_missing_notebook_that_says_why(
    desk: Desk, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_DIRECTORY_BYTES", 500_000)
    pack, told = WHOLLY_BAD[case]
    content = pack(desk)
    desk.put("ada.zip", content)
    desk.put("bo.zip", desk.zipped({NOTEBOOK: desk.work("b")}))
    assert desk.states() == {"ada": "new", "bo": "new"}
    assert desk.notebook("ada") is None and desk.notebook("bo") == desk.work("b")
    assert told in desk.notes("ada") and "hand in 07_training.ipynb" in desk.notes("ada")
    if case != "an end without a beginning":
        assert desk.submitted("ada")["ada.zip"] == content


def test_of_thousands_of_files_the_notebook_and_some_are_taken(desk: Desk) -> None:
    files = {f"venv/lib/{number}.py": b"x" for number in range(3000)}
    desk.put("ada.zip", desk.zipped({**files, NOTEBOOK: desk.work("a")}))
    desk.collect()
    assert desk.notebook("ada") == desk.work("a")
    assert len(desk.submitted("ada")) <= limits.MAX_STUDENT_FILES
    assert "files were left out: at most 500 are taken" in desk.notes("ada")


@pytest.mark.parametrize("source", ["ada/07_training/", "ada/"])
def test_large_files_in_a_folder_are_left_out_before_the_notebook(
    desk: Desk, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "MAX_STUDENT_BYTES", 2 * limits.MIB)
    desk.put(f"{source}a_model.bin", bytes(3 * limits.MIB))
    desk.put(f"{source}{NOTEBOOK}", desk.work("a"))
    desk.collect()
    assert set(desk.submitted("ada")) == {NOTEBOOK}
    assert "a_model.bin was left out: it is larger than the" in desk.notes("ada")


def test_bad_entries_in_the_archive_of_the_class_cost_their_students_alone(desk: Desk) -> None:
    moodle = "{}_assignsubmission_file_/{}"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        good, evil = desk.work("b"), b"evil"
        archive.writestr(desk.entry(moodle.format("Bo Cedar_2", NOTEBOOK)), good)
        archive.writestr(desk.entry(moodle.format("Al Ash_1", "../../../escaped.ipynb")), evil)
        archive.writestr(
            desk.entry(moodle.format("Cy Fir_3", "link"), mode=stat.S_IFLNK | 0o777), b"/etc/passwd"
        )
        archive.writestr(desk.entry("../escaped.ipynb"), evil)
    source = desk.put("class.zip", buffer.getvalue())
    collected = desk.collect(source)
    assert {each.student: each.state for each in collected.students} == {
        "al_ash": "new",
        "bo_cedar": "new",
        "cy_fir": "new",
    }
    assert desk.notebook("bo_cedar") == good and not desk.notes("bo_cedar")
    assert "leads out of its folder" in desk.notes("al_ash") and desk.submitted("al_ash") == {}
    assert "it is a link" in desk.notes("cy_fir") and desk.submitted("cy_fir") == {}
    (problem,) = collected.problems
    assert "../escaped.ipynb: its name leads out of its folder" in str(problem)


def test_a_broken_archive_of_the_class_is_refused_with_its_name(desk: Desk) -> None:
    source = desk.put("class.zip", cut(desk))
    with pytest.raises(IntakeError, match=r"class\.zip: it is no zip file, or was not stored completely"):
        desk.collect(source)


def test_notes_are_not_more_than_a_student_can_read(desk: Desk) -> None:
    desk.put("ada.zip", named(*(f"../{number}" for number in range(1000)))(desk))
    (intake,) = desk.collect().students
    assert len(intake.notes) == limits.MAX_NOTES + 1 and intake.notes[-1] == "and 980 more notes of this kind"
