"""Turns evidence into points, messages and pictures, in the outputs of the test cells."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from graders.assignment import Assignment, is_test, nbgrader_data
from graders.diagnosis import diagnose, known_bugs
from graders.evidence import MIME_TYPE, Evidence
from graders.fingerprints import KnownBug
from graders.grading import evidence_in
from graders.judgement import Observed, judge, observe
from graders.messages import as_html, as_text
from graders.nbgrader_plugins.course import (
    METADATA,
    assignment_of,
    course_directory,
    fingerprints_of,
    nonce_of,
    truths_of,
)
from graders.pictures import picture
from graders.runner import RunnerError
from graders.verdict import Verdict

MAX_OUTPUT = 10_000
"""Characters kept of what a student's code prints in a test cell."""


class Judge(NbGraderPreprocessor):
    """Judges the evidence in a notebook's test cells.

    Each test cell gets the student's message and picture, exactly one finite number for nbgrader, and keeps
    its evidence, so that it can be judged again. Errors and warnings that the student's code printed become
    plain text and cost nothing.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Judge a notebook that was run; runs before SaveVerdicts."""
        coursedir, names = course_directory(self), resources["nbgrader"]
        assignment = assignment_of(coursedir, names["assignment"])
        if names["notebook"] != assignment.name:
            return nb, resources
        cells = {nbgrader_data(cell).grade_id: cell for cell in nb.cells if is_test(cell)}
        texts = {name: evidence_texts(cells[name]) for name in assignment.points if name in cells}
        notes = nb.metadata.get(METADATA, {})
        observed = {
            name: _observed(name, texts.get(name, ()), cells.get(name), nb, notes)
            for name in assignment.points
        }
        nonce = nonce_of(coursedir, names["assignment"], names["student"])
        truths, fault = self._truths(assignment, nonce)
        if fault:
            observed = {name: Observed(fault=fault) for name in observed}
        verdicts = judge(observed, truths, assignment.points)
        verdicts = diagnose(verdicts, self._known_bugs(assignment, verdicts, evidence_in(observed), nonce))
        titles = {name: verdict.title for name, verdict in verdicts.items()}
        for name, cell in cells.items():
            if name in verdicts:
                _write(cell, verdicts[name], titles, observed[name].evidence, truths.get(name), texts[name])
        _note(nb, verdicts, notes)
        return nb, resources

    def _known_bugs(
        self,
        assignment: Assignment,
        verdicts: Mapping[str, Verdict],
        evidence: Mapping[str, Evidence],
        nonce: str,
    ) -> Mapping[str, KnownBug]:
        """The known bugs that failures equal.

        None where they could not be run, which costs only the exact name.
        """
        try:
            return known_bugs(verdicts, evidence, fingerprints_of(assignment), nonce)
        except RunnerError:
            self.log.exception("the known bugs of %s could not be run", assignment.name)
            return {}

    def _truths(self, assignment: Assignment, nonce: str) -> tuple[Mapping[str, Evidence], str | None]:
        """The truth for a nonce; where the grader's own side fails, none, and the reason."""
        try:
            return truths_of(course_directory(self), assignment).for_nonce(nonce), None
        except (
            Exception
        ) as error:  # whatever goes wrong here is no student's fault: flagged, and logged in full
            self.log.exception("the reference solution of %s could not be run", assignment.name)
            return {}, f"the grader failed: {type(error).__name__}: {error}"


def evidence_texts(cell: NotebookNode) -> tuple[str, ...]:
    """Return what a cell's outputs hold under evidence's type, as it is."""
    data = [output.get("data", {}) for output in cell.outputs]
    return tuple(entry[MIME_TYPE] for entry in data if MIME_TYPE in entry)


def _observed(
    name: str, texts: Sequence[str], cell: NotebookNode | None, nb: NotebookNode, notes: Mapping[str, Any]
) -> Observed:
    if notes.get("problem"):
        return Observed(missing=("unreadable", str(notes["problem"])))
    if texts or cell is None:
        return observe(texts, name, _error_before(nb, cell))
    return Observed(missing=("no_evidence", _why_nothing(cell)), before=_error_before(nb, cell))


def _why_nothing(cell: NotebookNode) -> str:
    """The error of a test cell that left no evidence."""
    own = _errors(cell)
    return own[-1] if own else "the hidden test left no observations"


def _error_before(nb: NotebookNode, cell: NotebookNode | None) -> str:
    """The first error of the other cells, but for pieces of work that were left alone."""
    errors = [error for other in nb.cells if other is not cell for error in _errors(other)]
    return next((f"a cell failed: {e}" for e in errors if not e.startswith("NotImplementedError")), "")


def _errors(cell: NotebookNode) -> list[str]:
    outputs = cell.get("outputs", []) if cell.cell_type == "code" else []
    return [f"{o.ename}: {o.evalue}"[:300] for o in outputs if o.output_type == "error"]


def _write(
    cell: NotebookNode,
    verdict: Verdict,
    titles: Mapping[str, str],
    evidence: Evidence | None,
    truth: Evidence | None,
    texts: Sequence[str],
) -> None:
    """Replace a test cell's outputs by the verdict.

    The number is the only execute_result, as nbgrader reads the first.
    """
    message = {"text/html": as_html(verdict, titles), "text/plain": as_text(verdict, titles)}
    outputs = [new_output("display_data", data=message)]
    drawn = picture(verdict, evidence, truth) if evidence and truth else None
    if drawn is not None:
        png = base64.b64encode(drawn.png).decode()
        data = {"image/png": png, "text/plain": drawn.alt}
        outputs.append(new_output("display_data", data=data, metadata={"image/png": {"alt": drawn.alt}}))
    printed = _printed(cell)
    if printed:
        outputs.append(new_output("stream", name="stdout", text=printed))
    score = min(max(float(verdict.score), 0.0), float(verdict.max_score))
    outputs.append(
        new_output("execute_result", data={"text/plain": repr(score)}, execution_count=cell.execution_count)
    )
    outputs.extend(new_output("display_data", data={MIME_TYPE: text}) for text in texts)
    cell.outputs = outputs
    cell.metadata[METADATA] = {"outcome": str(verdict.outcome)}


def _printed(cell: NotebookNode) -> str:
    """What the student's code printed, stderr and tracebacks among it, as one text."""
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            parts.append(str(output.text))
        elif output.output_type == "error":
            parts.append(f"{output.ename}: {output.evalue}\n")
    return "".join(parts)[-MAX_OUTPUT:]


def _note(nb: NotebookNode, verdicts: Mapping[str, Verdict], notes: Mapping[str, Any]) -> None:
    """Keep the verdicts in the notebook's metadata; tell the student what was wrong with the notebook."""
    summary = {
        name: {
            "score": v.score,
            "max": v.max_score,
            "outcome": str(v.outcome),
            "cause": v.cause,
            "explained_by": v.explained_by,
        }
        for name, v in verdicts.items()
    }
    nb.metadata[METADATA] = {**notes, "verdicts": summary}
    lines = [str(notes["problem"])] if notes.get("problem") else []
    lines += [str(repair) for repair in notes.get("repairs", [])]
    if lines:
        text = "**Notes on your notebook**\n\n" + "\n".join(f"- {line}" for line in lines)
        nb.cells.insert(0, new_markdown_cell(text, id="notes-on-your-notebook"))
