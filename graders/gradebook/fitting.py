"""Whether a graded submission fits the assignment in the gradebook."""

from __future__ import annotations

import math

from graders.gradebook.database import GradebookError
from graders.gradebook.frame import Keys, NotebookKeys
from graders.graded import GradedNotebook, GradedSubmission


def known_notebooks(keys: Keys, graded: GradedSubmission) -> dict[str, GradedNotebook]:
    """The graded notebooks that the assignment has, by name; others are left out, as nbgrader does.

    Raises:
        GradebookError: there are only others, a cell is not known, or points are out of range.
    """
    if graded.assignment != keys.assignment:
        raise GradebookError(f"{graded.student}: this is {graded.assignment}, not {keys.assignment}")
    known = {book.name: book for book in graded.notebooks if book.name in keys.notebooks}
    if graded.notebooks and not known:
        names = ", ".join(f"{book.name}.ipynb" for book in graded.notebooks)
        raise GradebookError(
            f"{graded.student}: {keys.assignment} has no {names}: "
            f"run `nbgrader generate_assignment {keys.assignment}` again"
        )
    for name, book in known.items():
        _check_cells(keys, keys.notebooks[name], book, graded.student)
        _check_points(keys.notebooks[name], book, graded.student)
    return known


def _check_cells(keys: Keys, cells: NotebookKeys, book: GradedNotebook, student: str) -> None:
    unknown = sorted((book.scores.keys() - cells.graded) | (book.comments.keys() - cells.commented))
    if unknown:
        raise GradebookError(
            f"{student}: there is no cell {', '.join(map(repr, unknown))} in {book.name}.ipynb: "
            f"run `nbgrader generate_assignment {keys.assignment}` again"
        )


def _check_points(cells: NotebookKeys, book: GradedNotebook, student: str) -> None:
    for name, score in book.scores.items():
        most = cells.max_scores[name]
        if score is not None and not (math.isfinite(score) and 0 <= score <= most):
            raise GradebookError(
                f"{student}: {score!r} points for {name!r} in {book.name}.ipynb are not between 0 and "
                f"{most:g}: run `nbgrader generate_assignment` again if its points have changed"
            )
