"""Which specimens belong to an assignment: the package's, those of the course itself, or both.

A course keeps its own in specimens/ASSIGNMENT/, which nbgrader does not release:

    wheats/NAME.py           correct submissions
    chaffs/POINT/NAME.py     submissions with one bug each
    nothing.py               optional: all names of the assignment, none of which does anything
    equivalent_mutants.toml  optional: mutants that no experiment can tell from the reference
    snapshot.json            written by `graders audit ASSIGNMENT --update-snapshot`
"""

from __future__ import annotations

from pathlib import Path

from graders import library
from graders.assignment import Assignment
from graders.criteria import CRITERIA
from graders.library import Chaff, LibraryError, Wheat
from graders.signatures import PINNED

FOLDER = "specimens"
SNAPSHOT = "snapshot.json"
EQUIVALENT = "equivalent_mutants.toml"
NOTHING = "nothing.py"

PACKAGED_EQUIVALENT = Path(__file__).parent / "audit" / EQUIVALENT


def folder_of(assignment: Assignment) -> Path:
    """Return the folder of a course's own specimens of an assignment, whether it is there or not."""
    return assignment.folder.parent.parent / FOLDER / assignment.name


def are_packaged(assignment: Assignment) -> bool:
    """Whether the package's specimens are of this assignment, whatever its name: it has all their points."""
    return set(CRITERIA) <= set(assignment.points)


def wheats_of(assignment: Assignment) -> tuple[Wheat, ...]:
    """Read the correct submissions of an assignment.

    Raises LibraryError: there are none, or one is malformed.
    """
    own = folder_of(assignment) / "wheats"
    found = library.wheats() if are_packaged(assignment) else ()
    if own.is_dir() or not found:
        found += library.wheats(own, own=True)
    return found


def chaffs_of(assignment: Assignment) -> tuple[Chaff, ...]:
    """Read the submissions with a bug of an assignment.

    Raises LibraryError: there are none, or one is malformed.
    """
    own = folder_of(assignment) / "chaffs"
    found = library.chaffs() if are_packaged(assignment) else ()
    if own.is_dir() or not found:
        found += library.chaffs(own, tuple(assignment.points))
    _check_names(found)
    return found


def known_bugs_of(assignment: Assignment) -> tuple[Chaff, ...]:
    """Return the known bugs that failures are compared with: none where nobody wrote any yet.

    Raises LibraryError: one is malformed.
    """
    if not are_packaged(assignment) and not (folder_of(assignment) / "chaffs").is_dir():
        return ()
    return chaffs_of(assignment)


def snapshot_of(assignment: Assignment) -> Path:
    """Return where the matrix of an assignment is pinned: beside the course's specimens or in the package."""
    own = folder_of(assignment)
    return own / SNAPSHOT if own.is_dir() or not are_packaged(assignment) else PINNED


def equivalent_of(assignment: Assignment) -> tuple[Path, ...]:
    """Return the lists of equivalent mutants of an assignment, the package's first."""
    own = folder_of(assignment) / EQUIVALENT
    packaged = (PACKAGED_EQUIVALENT,) if are_packaged(assignment) else ()
    return (*packaged, own) if own.is_file() else packaged


def _check_names(chaffs: tuple[Chaff, ...]) -> None:
    names = [chaff.name for chaff in chaffs]
    twice = [chaff for chaff in chaffs if names.count(chaff.name) > 1]
    if twice:
        raise LibraryError(
            f"{twice[-1].path}: the package has a chaff of this name: give the file another one"
        )
