"""Which assignment a file is for, where nobody says."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from graders.assignment import nbgrader_data
from graders.course import Course
from graders.submission import SubmissionError, read_notebook


def assignment_of_file(path: Path, course: Course) -> str | None:
    """Return the name of the assignment of a course that a file is for; None where nothing tells.

    The file or a folder that it is in has the assignment's name, or the notebook has ids of its cells, and
    more of them than of any other assignment's.
    """
    there, place = course.assignments(), path.resolve()
    within = place.relative_to(course.root) if place.is_relative_to(course.root) else place
    for name in (within.stem, *reversed(within.parent.parts)):
        if name in there:
            return name
    own = _ids(path) if path.suffix == ".ipynb" else frozenset()
    shared = {name: len(own & _ids(course.folder(name) / f"{name}.ipynb")) for name in there} if own else {}
    most = max(shared.values(), default=0)
    names = [name for name, count in shared.items() if count == most > 0]
    return names[0] if len(names) == 1 else None


def _ids(path: Path) -> Set[str]:
    """The ids of nbgrader's cells in a notebook; none where it cannot be read, as whoever grades it says."""
    try:
        cells = read_notebook(path).cells
    except SubmissionError:
        return frozenset()
    ids = (nbgrader_data(cell).get("grade_id") for cell in cells)
    return frozenset(name for name in ids if isinstance(name, str) and name)
