"""Results of the work on a notebook, and those that stand in where the grader itself failed."""

from __future__ import annotations

from nbformat import NotebookNode

from graders.assignment import Assignment
from graders.bundle import Bundle, Submitted
from graders.gradebook.records import Frame
from graders.graded import GradedNotebook, GradedSubmission
from graders.marking import mark
from graders.nbgrader_plugins.stand_in import stand_in
from graders.worker.sanitize import KernelspecFromFrame, OverwriteFromFrame
from graders.worker.scores import comments, scores
from graders.worker.writing import write


def graded_notebook(name: str, notebook: NotebookNode) -> GradedNotebook:
    """Return a notebook that all preprocessors have been through, with its points and comments."""
    return GradedNotebook(name, write(notebook), scores(notebook), comments(notebook))


def ungraded_notebook(assignment: Assignment, frame: Frame, name: str, trouble: str) -> GradedNotebook:
    """Return the instructor's notebook, without solutions or judgement: all of it waits for a human.

    name: of the notebook, which is in the assignment's folder.
    """
    notebook = stand_in(assignment, name)
    resources = {"nbgrader": {"assignment": assignment.name, "notebook": name}}
    for step in (KernelspecFromFrame(frame), OverwriteFromFrame(frame)):
        notebook, _ = step.preprocess(notebook, resources)
    if name == assignment.name:
        mark(notebook, assignment, {}, lambda verdicts, evidence: {}, trouble)
    waiting = dict.fromkeys(scores(notebook))
    return GradedNotebook(name, write(notebook), waiting, comments(notebook))


def ungraded(assignment: Assignment, bundle: Bundle, submitted: Submitted, trouble: str) -> GradedSubmission:
    """Return a submission of which every notebook waits for a human, for a reason not the student's."""
    notebooks = tuple(
        ungraded_notebook(assignment, bundle.frame, name, trouble) for name in submitted.notebooks
    )
    return GradedSubmission(
        submitted.assignment,
        submitted.student,
        notebooks,
        submitted.timestamp,
        submitted.notes,
        trouble=trouble,
    )
