"""Comparing submissions: what is compared, what is found, and what is left out."""

from __future__ import annotations

import builtins
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from graders.report import ReportError
from graders.report.alike import compare, own_code, template_lines

if TYPE_CHECKING:
    from conftest import MadeCourse

ASSIGNMENT = "07_training"

GIVEN = "def total(values):\n    '''Add the values, the largest first, and return what they come to.'''\n"
LONG = """    ordered = sorted(values, reverse=True)
    result = 0.0
    seen = {}
    for position, value in enumerate(ordered):
        if value in seen:
            seen[value].append(position)
        else:
            seen[value] = [position]
        result += value * 1.0
    while seen and min(seen) < 0:
        lowest = min(seen)
        for place in seen.pop(lowest):
            result -= ordered[place]
    return result


def largest(values):
    best = None
    for value in values:
        if best is None or value > best:
            best = value
    if best is None:
        raise ValueError("there are no values")
    return best
"""
RENAMED = (
    LONG.replace("result", "summe")
    .replace("best", "beste")
    .replace("seen", "gesehen")
    .replace("ordered", "sortiert")
)
OTHER = """    from functools import reduce
    from operator import add

    class Positive(Exception):
        pass

    try:
        kept = list(filter(lambda number: number >= 0, values))
        if not kept:
            raise Positive(f"nothing of {len(values)} is left")
    except Positive as error:
        print(error)
        return 0
    kept.sort(key=lambda number: -number)
    return reduce(add, kept[1:], kept[0]) if len(kept) > 1 else kept[0]


def average(rows, weights=None):
    weights = weights or {}
    while rows and rows[-1] is None:
        rows.pop()
    pairs = [(row, weights.get(index, 1)) for index, row in enumerate(rows)]
    return sum(row * weight for row, weight in pairs) / max(sum(w for _, w in pairs), 1)
"""


@pytest.fixture
def compared(made: MadeCourse) -> MadeCourse:
    """A course in which ash and birch handed in the same, with other names."""
    pytest.importorskip("copydetect")
    source = nbformat.v4.new_notebook()
    text = f"{GIVEN}    ### BEGIN SOLUTION\n    return sum(values)\n    ### END SOLUTION\n"
    source.cells = [nbformat.from_dict(made.solution_cell(text)), _test_cell()]
    folder = made.root / "source" / ASSIGNMENT
    folder.mkdir()
    nbformat.write(source, folder / f"{ASSIGNMENT}.ipynb")
    shutil.rmtree(made.root / "autograded")
    for student, code in (("ash", LONG), ("birch", RENAMED), ("cedar", OTHER), ("elm", "    return 1\n")):
        made.autograded(student, {}, made.solution_cell(GIVEN + code))
    return made


def _test_cell() -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell("### BEGIN HIDDEN TESTS\npass\n### END HIDDEN TESTS", id="total")
    cell.metadata["nbgrader"] = {
        "grade": True,
        "grade_id": "total",
        "locked": True,
        "points": 1,
        "schema_version": 3,
        "solution": False,
    }
    return cell


def test_renaming_hides_nothing_and_other_work_is_not_listed(compared: MadeCourse) -> None:
    alike = compare(compared.course, ASSIGNMENT)
    assert [pair.students for pair in alike.pairs] == [("ash", "birch")]
    assert alike.pairs[0].similarity > 0.95
    assert alike.typical < 0.5


def test_work_that_is_too_short_to_be_anybody_s_own_is_not_compared(compared: MadeCourse) -> None:
    assert compare(compared.course, ASSIGNMENT).compared == 3


def test_a_damaged_notebook_leaves_the_others_compared(compared: MadeCourse) -> None:
    compared.autograded("cedar", {}).write_text('{"cells": [')
    alike = compare(compared.course, ASSIGNMENT)
    assert alike.compared == 2 and [pair.students for pair in alike.pairs] == [("ash", "birch")]


def test_lines_that_were_given_do_not_count(compared: MadeCourse) -> None:
    given = template_lines(compared.course.assignment(ASSIGNMENT).notebook)
    submission = nbformat.v4.new_notebook()
    submission.cells = [nbformat.from_dict(compared.solution_cell(GIVEN + "    return 1\n"))]
    assert own_code(submission, given) == "    return 1\n"


def test_the_similarities_are_the_same_in_every_run(compared: MadeCourse) -> None:
    assert compare(compared.course, ASSIGNMENT, 0.0) == compare(compared.course, ASSIGNMENT, 0.0)


def test_without_the_library_the_message_says_what_to_install(
    compared: MadeCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = builtins.__import__

    def missing(name: str, *rest: object) -> object:
        if name == "copydetect":
            raise ImportError(name)
        return found(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ReportError, match=r"pip install 'graders\[alike\]'"):
        compare(compared.course, ASSIGNMENT)


def test_the_sample_class_has_no_pair_that_is_alike(repository: Path, made: MadeCourse) -> None:
    """Its students wrote their own; the threshold lies above what independent work comes to."""
    pytest.importorskip("copydetect")
    shutil.copytree(repository / "source" / ASSIGNMENT, made.root / "source" / ASSIGNMENT)
    shutil.rmtree(made.root / "autograded")
    for folder in (repository / "examples" / "class").iterdir():
        if folder.name != "moth":  # its notebook is cut off
            target = made.root / "autograded" / folder.name / ASSIGNMENT
            shutil.copytree(folder / ASSIGNMENT, target)
    alike = compare(made.course, ASSIGNMENT)
    assert alike.compared >= 14 and alike.pairs == ()
    assert 0.1 < alike.typical < 0.6
