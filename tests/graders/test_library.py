"""Specimens are data: read strictly, never imported. The library is as large and as varied as it claims."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from graders import library
from graders.criteria import CRITERIA
from graders.library import LibraryError

GOOD = {
    "point": "zero_grad",
    "cause": "never_cleared",
    "bug": "nothing clears.",
    "remedy": "clear.",
    "source": "https://example.org/issues/1",
    "bug_id": "Z1",
    "style": "plain",
    "subtle": "yes",
    "also_fails": "convergence",
}


def write_chaff(folder: Path, text: str = "", **changes: str) -> Path:
    """Write a chaff whose header is good but for the changes; an empty value leaves the field out."""
    fields = {name: value for name, value in {**GOOD, **changes}.items() if value}
    header = "\n".join(f"{name}: {value}" for name, value in fields.items())
    path = folder / "zero_grad" / "specimen.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text or f'"""A title.\n\n{header}\n"""\n\nraise RuntimeError("never imported")\n')
    return path


def test_header_becomes_a_record(tmp_path: Path) -> None:
    chaff = library.read_chaff(
        write_chaff(tmp_path, bug="a bug\n    of two lines.", also_fails="modes, history")
    )
    assert chaff.name == "chaffs/zero_grad/specimen"
    assert chaff.title == "A title."
    assert chaff.bug == "a bug of two lines."
    assert chaff.subtle is True
    assert chaff.also_fails == ("modes", "history")
    assert chaff.known_from == "https://example.org/issues/1"


def test_none_means_that_no_other_point_fails(tmp_path: Path) -> None:
    assert library.read_chaff(write_chaff(tmp_path, also_fails="none")).also_fails == ()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"severity": "high"}, "unknown field 'severity'"),
        ({"point": "zero"}, "no point 'zero'"),
        ({"point": "modes", "cause": "loss_wrong"}, "its folder 'zero_grad'"),
        ({"cause": "loss_wrong"}, "no cause 'loss_wrong'"),
        ({"source": ""}, "no 'source'"),
        ({"source": "http://example.org"}, "no https address"),
        ({"subtle": "maybe"}, "subtle is 'maybe'"),
        ({"also_fails": "zero_grad"}, "also_fails names 'zero_grad'"),
        ({"also_fails": "nothing"}, "also_fails names 'nothing'"),
        ({"bug": "one.\nbug: two."}, "'bug' twice"),
        ({"bug": "one.\nand more"}, "'and more' is no field"),
    ],
)
def test_wrong_header_is_refused_by_file_and_remedy(
    tmp_path: Path, changes: dict[str, str], what: str
) -> None:
    path = write_chaff(tmp_path, **changes)
    with pytest.raises(LibraryError) as caught:
        library.read_chaff(path)
    assert str(path) in str(caught.value)
    assert what in str(caught.value)
    assert ": " in str(caught.value).split(what)[1]  # what to do about it


@pytest.mark.parametrize("text", ["x = 1\n", '"""Never closed', "def f(:\n"])
def test_file_without_a_docstring_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(LibraryError, match="docstring"):
        library.read_chaff(write_chaff(tmp_path, text))


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="no specimens"):
        library.wheats(tmp_path)


def test_there_are_40_wheats_and_each_free_choice_is_made() -> None:
    wheats = library.wheats()
    assert len(wheats) >= 40
    assert all(wheat.free_choices for wheat in wheats)


def test_there_are_180_chaffs_15_per_point_and_60_subtle_ones() -> None:
    chaffs = library.chaffs()
    per_point = Counter(chaff.point for chaff in chaffs)
    assert len(chaffs) >= 180
    assert list(per_point) == list(CRITERIA)
    assert min(per_point.values()) >= 15
    assert sum(chaff.subtle for chaff in chaffs) >= 60


@pytest.mark.parametrize("point", CRITERIA)
def test_chaffs_of_a_point_are_written_in_several_styles(point: str) -> None:
    styles = Counter(chaff.style for chaff in library.chaffs() if chaff.point == point)
    assert len(styles) >= 4
    assert max(styles.values()) <= sum(styles.values()) / 2


def test_names_are_unique_and_no_two_specimens_are_the_same_code() -> None:
    specimens = [*library.wheats(), *library.chaffs()]
    assert len({specimen.name for specimen in specimens}) == len(specimens)
    assert len({specimen.source.partition('"""\n')[2] for specimen in specimens}) == len(specimens)


def test_reading_imports_no_specimen() -> None:
    library.chaffs()
    assert not [name for name in sys.modules if name.startswith(("graders.chaffs", "graders.wheats"))]
