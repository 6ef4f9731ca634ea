"""Which specimens belong to an assignment: the package's, the course's own, or both."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders import library
from graders.assignment import Assignment, load
from graders.authoring.new import make_assignment
from graders.course import Course
from graders.library import LibraryError
from graders.signatures import PINNED
from graders.specimens import are_packaged, chaffs_of, folder_of, known_bugs_of, snapshot_of, wheats_of

CHAFF = '"""A title\n\npoint: {point}\nbug: a bug.\nremedy: mend it.\n{more}"""\n\nx = 1\n'


@pytest.fixture
def own(tmp_path: Path) -> Assignment:
    """An assignment that a course's author made."""
    make_assignment(Course(tmp_path), "09_mean")
    return load(tmp_path / "source" / "09_mean")


def write(assignment: Assignment, name: str, point: str = "running_mean", more: str = "") -> Path:
    path = folder_of(assignment) / "chaffs" / point / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CHAFF.format(point=point, more=more))
    return path


def test_the_package_has_those_of_training_by_its_points_and_not_by_its_name(
    lesson: Assignment, own: Assignment
) -> None:
    assert are_packaged(lesson) and not are_packaged(own)
    assert wheats_of(lesson) == library.wheats() and chaffs_of(lesson) == library.chaffs()
    assert snapshot_of(lesson) == PINNED


def test_a_course_has_its_own_with_fewer_fields(own: Assignment) -> None:
    write(own, "mine")
    chaff = next(chaff for chaff in chaffs_of(own) if chaff.name == "chaffs/running_mean/mine")
    assert (chaff.cause, chaff.known_from, chaff.subtle, chaff.also_fails) == ("differs", "", False, ())
    assert snapshot_of(own) == folder_of(own) / "snapshot.json"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("also_fails: other\n", "name other points than running_mean"),
        ("cause: never_cleared\n", "no cause 'never_cleared'"),
        ("source: page 7\n", "no https address"),
        ("colour: red\n", "unknown field 'colour'"),
    ],
)
def test_a_header_that_is_wrong_is_refused_by_file_and_remedy(own: Assignment, more: str, said: str) -> None:
    path = write(own, "mine", more=more)
    with pytest.raises(LibraryError) as caught:
        chaffs_of(own)
    assert str(path) in str(caught.value) and said in str(caught.value)


def test_a_point_that_the_assignment_does_not_have_is_refused(own: Assignment) -> None:
    write(own, "mine", point="zero_grad")
    with pytest.raises(LibraryError, match="the points are running_mean"):
        chaffs_of(own)


def test_without_specimens_grading_knows_no_bugs_and_an_audit_says_so(own: Assignment) -> None:
    folder_of(own).rename(own.folder.parent / "elsewhere")
    assert known_bugs_of(own) == ()
    with pytest.raises(LibraryError, match="holds no specimens"):
        chaffs_of(own)


def test_a_course_adds_to_those_of_the_package(lesson: Assignment, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / lesson.name).symlink_to(lesson.folder)
    moved = Assignment(lesson.name, tmp_path / "source" / lesson.name, lesson.notebook, lesson.experiments)
    write(moved, "mine", point="zero_grad")
    names = [chaff.name for chaff in chaffs_of(moved)]
    assert len(names) == len(library.chaffs()) + 1 and "chaffs/zero_grad/mine" in names
    taken = library.chaffs()[0]
    write(moved, taken.path.stem, point=taken.point)
    with pytest.raises(LibraryError, match="the package has a chaff of this name"):
        chaffs_of(moved)
