"""The worker: a pure function from submission to points, whose own faults cost no student anything."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum
from traitlets.config import Config

from graders.assignment import Assignment
from graders.bundle import Bundle, Submitted
from graders.evidence import MIME_TYPE
from graders.execution import execute
from graders.graded import GradedSubmission
from graders.worker import worker as module
from graders.worker.pipeline import steps
from graders.worker.worker import Worker
from tests.graders.worker.conftest import submitted

NONCE = "5" * 32
NAME = "07_training"


def points(graded: GradedSubmission) -> dict[str, float | None]:
    return dict(graded.notebooks[0].scores)


def timeless(graded: GradedSubmission) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(graded.notebooks[0].text)
    notebook["metadata"]["graders"].pop("seconds")
    return notebook


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("grade_id") == name)


@pytest.fixture(scope="module")
def forgetful(lesson: Assignment) -> Submitted:
    """A trainer that never clears gradients."""
    notebook = copy.deepcopy(lesson.notebook)
    trainer = cell(notebook, "solution_trainer")
    trainer.source = "\n".join(line for line in trainer.source.splitlines() if "zero_grad()" not in line)
    return submitted(notebook)


@pytest.fixture(scope="module")
def graded(worker: Worker, forgetful: Submitted) -> GradedSubmission:
    return worker.grade(forgetful, NONCE)


def test_the_reference_gets_all_points(worker: Worker, solved: Submitted, lesson: Assignment) -> None:
    found = worker.grade(solved, NONCE)
    assert points(found) == lesson.points
    assert (found.trouble, found.causes, found.notes) == (None, (), ())


def test_a_bug_costs_its_points_and_is_named(graded: GradedSubmission, lesson: Assignment) -> None:
    lost = {name for name, score in points(graded).items() if score != lesson.points[name]}
    assert lost == {"zero_grad", "convergence"}
    assert graded.causes == (("zero_grad", "never_cleared"),)


def test_grading_twice_gives_the_same(worker: Worker, forgetful: Submitted, graded: GradedSubmission) -> None:
    assert timeless(worker.grade(forgetful, NONCE)) == timeless(graded)


def test_judging_again_gives_the_same_and_runs_nothing(
    worker: Worker, forgetful: Submitted, graded: GradedSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "execute", lambda *args: pytest.fail("a student's code was run"))
    again = worker.rejudge(forgetful, {NAME: graded.notebooks[0].text.decode()}, NONCE)
    assert timeless(again) == timeless(graded)
    assert replace(again, notebooks=(), stages={}) == replace(graded, notebooks=(), stages={})


def test_evidence_that_still_counts_is_judged_instead_of_what_the_experiment_leaves_now(
    worker: Worker, solved: Submitted, graded: GradedSubmission
) -> None:
    """The forgetful trainer's evidence of one experiment is given to the correct submission."""
    stored = nbformat.reads(graded.notebooks[0].text, as_version=4)
    texts = tuple(
        output.data[MIME_TYPE]
        for output in cell(stored, "zero_grad").outputs
        if MIME_TYPE in output.get("data", {})
    )
    assert len(texts) == 1
    found = worker.grade(replace(solved, evidence={"zero_grad": texts}), NONCE)
    assert points(found)["zero_grad"] == points(graded)["zero_grad"] == 0
    assert points(found)["convergence"] == 15, "the other experiments were run"


def test_a_fault_of_the_grader_leaves_every_cell_to_a_human(
    worker: Worker, solved: Submitted, lesson: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(module, "execute", fails)
    found = worker.grade(solved, NONCE)
    assert found.trouble == f"the grader failed on {NAME}.ipynb: OSError: the disk is gone"
    assert points(found) == dict.fromkeys(lesson.points)
    assert b"BEGIN SOLUTION" not in found.notebooks[0].text
    monkeypatch.setattr(module, "execute", execute)
    assert points(worker.grade(solved, NONCE)) == lesson.points, "and the next one is graded"


@pytest.mark.parametrize("data", [None, "it is a folder: hand in the notebook", b"", b"{}", b"\xff"])
def test_what_cannot_be_read_gets_zero_with_the_reason(worker: Worker, data: bytes | str | None) -> None:
    found = worker.grade(Submitted(NAME, "fern", {NAME: data}), NONCE)
    assert set(points(found).values()) == {0.0} and found.trouble is None
    assert len(found.notes) == 1
    assert found.notes[0] == data if isinstance(data, str) else NAME in found.notes[0]


def test_notes_of_the_intake_come_before_repairs(worker: Worker, lesson: Assignment) -> None:
    notebook = copy.deepcopy(lesson.notebook)
    notebook.cells.remove(cell(notebook, "modes"))
    found = worker.grade(submitted(notebook, notes=("it was found in a zip file",)), NONCE)
    assert found.notes[0] == "it was found in a zip file"
    assert "'modes' was missing, and put back" in found.notes[1]
    assert b"it was found in a zip file" in found.notebooks[0].text


class Signed(NbGraderPreprocessor):
    """A course's own preprocessor, which looks at how far the notebook has come."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        ran = any(one.get("execution_count") for one in nb.cells)
        judged = "verdicts" in nb.metadata.get("graders", {})
        nb.metadata["signed"] = [*nb.metadata.get("signed", []), [ran, judged]]
        return nb, resources


def test_preprocessors_that_a_course_adds_are_run_in_their_place(bundle: Bundle, solved: Submitted) -> None:
    config = Config(copy.deepcopy(bundle.config))
    config.Autograde.sanitize_preprocessors = [*config.Autograde.sanitize_preprocessors, Signed]
    first, *others = config.Autograde.autograde_preprocessors
    config.Autograde.autograde_preprocessors = [first, Signed, *others, Signed]
    own = Worker(replace(bundle, config=config))
    try:
        found = own.grade(solved, NONCE)
    finally:
        own.close()
    assert found.trouble is None
    assert json.loads(found.notebooks[0].text)["metadata"]["signed"] == [
        [False, False],
        [True, False],
        [True, True],
    ]


def test_preprocessors_are_found_by_name_and_those_that_write_the_gradebook_are_left_out(
    bundle: Bundle,
) -> None:
    config = Config(copy.deepcopy(bundle.config))
    config.Autograde.autograde_preprocessors = [
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
    ]
    found = steps(config, "autograde_preprocessors", bundle.frame, {})
    assert [kind.__name__ for kind, _ in found] == ["LimitOutput"]
    config.Autograde.autograde_preprocessors = ["graders.nowhere.Missing"]
    with pytest.raises(ImportError):
        steps(config, "autograde_preprocessors", bundle.frame, {})


@pytest.fixture(scope="module")
def second() -> NotebookNode:
    """A second notebook of the assignment: it has a test of nbgrader's own kind, and none of ours."""
    notebook = nbformat.v4.new_notebook()
    data = {
        "grade": True,
        "grade_id": "own",
        "locked": True,
        "points": 2,
        "schema_version": 3,
        "solution": False,
    }
    test = nbformat.v4.new_code_cell("assert 1 + 1 == 2", metadata={"nbgrader": data})
    notebook.cells = [test]
    return notebook


@pytest.fixture(scope="module")
def two(bundle: Bundle, second: NotebookNode) -> Iterator[Worker]:
    """A worker for an assignment of two notebooks."""
    test, text = second.cells[0], nbformat.writes(second)
    one = next(iter(bundle.frame.notebooks[NAME].cells.values()))
    framed = replace(
        one,
        grade_id="own",
        cell_type="code",
        locked=True,
        source=test.source,
        checksum=compute_checksum(test),
        kinds=frozenset({"grade"}),
        max_score=2.0,
    )
    book = replace(bundle.frame.notebooks[NAME], name="extra", cells={"own": framed})
    frame = replace(bundle.frame, notebooks={**bundle.frame.notebooks, "extra": book})
    made = Worker(replace(bundle, frame=frame, files={**bundle.files, "extra.ipynb": text.encode()}))
    yield made
    made.close()


def both(solved: Submitted, extra: bytes | str | None) -> Submitted:
    """A submission of two notebooks, the first of them right."""
    return replace(solved, notebooks={**solved.notebooks, "extra": extra})


def test_every_notebook_of_an_assignment_is_graded(
    two: Worker, second: NotebookNode, solved: Submitted, lesson: Assignment
) -> None:
    found = two.grade(both(solved, nbformat.writes(second).encode()), NONCE)
    assert found.trouble is None
    assert [one.name for one in found.notebooks] == [NAME, "extra"]
    assert found.notebooks[0].scores == lesson.points and found.notebooks[1].scores == {"own": 2.0}


@pytest.mark.parametrize(
    ("extra", "note"),
    [
        (None, "extra.ipynb does not exist: check its name and folder"),
        ("extra.ipynb is a link, not a notebook", "extra.ipynb is a link, not a notebook"),
        (b"no JSON", "extra.ipynb "),
    ],
    ids=["missing", "a link", "broken"],
)
def test_for_a_second_notebook_that_cannot_be_read_its_own_source_stands_in(
    two: Worker, solved: Submitted, lesson: Assignment, extra: bytes | str | None, note: str
) -> None:
    found = two.grade(both(solved, extra), NONCE)
    assert found.trouble is None
    assert found.notebooks[0].scores == lesson.points and set(found.notebooks[1].scores) == {"own"}
    assert len(json.loads(found.notebooks[1].text)["cells"]) == 1
    assert len(found.notes) == 1 and found.notes[0].startswith(note)


@pytest.mark.parametrize(
    "forged",
    [{"repairs": [{}]}, {"verdicts": {"x": {"cause": "never_cleared"}}}, {"problem": ["mine"]}, "no mapping"],
    ids=str,
)
def test_what_a_student_writes_where_the_grader_does_is_not_taken_for_the_grader_s(
    two: Worker, second: NotebookNode, solved: Submitted, forged: object
) -> None:
    notebook = copy.deepcopy(second)
    notebook.metadata["graders"] = forged
    notebook.cells[0].metadata["graders"] = {"outcome": "not_judged"}
    found = two.grade(both(solved, nbformat.writes(notebook).encode()), NONCE)
    assert (found.trouble, found.causes, found.notes) == (None, (), ())
    assert found.notebooks[1].scores == {"own": 2.0}
