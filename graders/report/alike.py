"""Compares the students' own code pair by pair, with copydetect: winnowed fingerprints of tokens.

Names, strings, comments and layout do not count, so that renaming hides nothing. Only solution cells are
compared, and lines that the instructor handed out are left out. Likeness is a reason to look, never a
judgement: an assignment with one obvious solution makes honest work alike.
"""

from __future__ import annotations

import io
import re
import statistics
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory

from graders.assignment import nbgrader_data
from graders.course import Course
from graders.report.records import Alike, Pair, ReportError
from graders.submission import SubmissionError, read_notebook

EXTRA = "alike"

TOKENS = 25
"""The shortest run of characters of the tokenised code that counts as the same: copydetect's own default."""

MIN_CODE = 200
"""Characters of tokenised code below which a submission is not compared: too little to be anybody's own."""

THRESHOLD = 0.8
"""Pairs from this similarity on are listed: copydetect's own default is 0.33, for free-form assignments."""

SOLUTION = re.compile(r"^[ \t]*### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION\n?", re.DOTALL | re.MULTILINE)
"""nbgrader's markers of a solution region, with their defaults."""


def compare(course: Course, assignment: str, threshold: float = THRESHOLD) -> Alike:
    """Compare all autograded submissions of an assignment with each other.

    Raises:
        AssignmentError: the instructor's notebook cannot be read.
        ReportError: copydetect is not installed.
    """
    copydetect = _library()
    given = template_lines(course.assignment(assignment).notebook)
    prints: dict[str, Any] = {}
    for student, path in autograded(course, assignment).items():
        try:
            code = own_code(read_notebook(path), given)
        except SubmissionError:  # the report names it among the failed runs
            continue
        # a window of one keeps all fingerprints: winnowing would choose by Python's hash, new in each process
        found = copydetect.CodeFingerprint("notebook.py", TOKENS, 1, fp=io.StringIO(code), language="python")
        if len(found.filtered_code) >= MIN_CODE:
            prints[student] = found
    pairs = [_pair(copydetect, one, other, prints) for one, other in combinations(sorted(prints), 2)]
    listed = sorted(
        (pair for pair in pairs if pair.similarity >= threshold),
        key=lambda pair: (-pair.similarity, pair.students),
    )
    typical = statistics.median([pair.similarity for pair in pairs]) if pairs else 0.0
    return Alike(len(prints), typical, threshold, tuple(listed))


def autograded(course: Course, assignment: str) -> dict[str, Path]:
    """Return the autograded notebook of each student."""
    coursedir = CourseDirectory(config=course.config())
    pattern = Path(coursedir.format_path(coursedir.autograded_directory, "*", assignment))
    place = pattern.relative_to(course.root)
    at = place.parts.index("*")
    found = sorted(course.root.glob(f"{place.as_posix()}/{assignment}.ipynb"))
    return {path.relative_to(course.root).parts[at]: path for path in found}


def _library() -> Any:
    try:
        import copydetect  # type: ignore[import-untyped]
    except ImportError:
        raise ReportError(
            f"--alike needs the package copydetect: install it with pip install 'graders[{EXTRA}]', "
            "or in a clone with pip install copydetect"
        ) from None
    return copydetect


def _pair(copydetect: Any, one: str, other: str, prints: Mapping[str, Any]) -> Pair:
    _, shares, _ = copydetect.compare_files(prints[one], prints[other])
    return Pair((one, other), (min(float(shares[0]), 1.0), min(float(shares[1]), 1.0)))


def template_lines(source: NotebookNode) -> frozenset[str]:
    """Return the lines of the solution cells that students are given, without indentation."""
    texts = [SOLUTION.sub("", cell.source) for cell in _solution_cells(source)]
    return frozenset(line.strip() for text in texts for line in text.splitlines())


def own_code(submission: NotebookNode, given: frozenset[str]) -> str:
    """Return what a student wrote into the solution cells, without the lines that were given."""
    lines = [line for cell in _solution_cells(submission) for line in cell.source.splitlines()]
    return "\n".join(line for line in lines if line.strip() not in given) + "\n"


def _solution_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [
        cell for cell in notebook.cells if cell.cell_type == "code" and nbgrader_data(cell).get("solution")
    ]
