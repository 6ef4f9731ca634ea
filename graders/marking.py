"""Marking a notebook that was run: evidence in its test cells becomes points, messages and pictures there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from graders.assignment import METADATA, Assignment, is_test, nbgrader_data
from graders.diagnosis import diagnose
from graders.errors_shown import code_cells_of
from graders.evidence import MIME_TYPE, Evidence
from graders.fingerprints import KnownBug
from graders.grading import evidence_in
from graders.judgement import Observed, judge, observe
from graders.messages import as_html, as_record, as_text
from graders.outputs import display, result, stream
from graders.pictures import picture
from graders.troubles import CodeCell
from graders.verdict import Verdict

MAX_OUTPUT = 10_000
"""Characters kept of what a student's code prints in a test cell."""

STOPPED = {"Timeout": "out_of_time", "NotRun": "out_of_time", "Died": "ended"}
"""Causes of test cells that were ended from outside, by the name of their error."""

NOTES_CELL = "notes-on-your-notebook"
"""Id of the cell that tells the student what was wrong with the notebook."""

Bugs = Callable[[Mapping[str, Verdict], Mapping[str, Evidence]], Mapping[str, KnownBug]]
"""Finds the known bugs that failures equal, from verdicts and evidence by criterion."""


def mark(
    notebook: NotebookNode,
    assignment: Assignment,
    truths: Mapping[str, Evidence],
    bugs: Bugs,
    fault: str = "",
) -> dict[str, Verdict]:
    """Judge the evidence in a notebook's test cells, in place, and return the verdicts.

    Each test cell gets the student's message and picture, exactly one finite number for nbgrader, and keeps
    its evidence, so that it can be judged again. Errors and warnings that the student's code printed become
    plain text and cost nothing.

    fault: a reason, not the student's, for which nothing can be judged.
    """
    notes = notebook.metadata.get(METADATA, {})
    cells = {nbgrader_data(cell).grade_id: cell for cell in notebook.cells if is_test(cell)}
    texts = {name: evidence_texts(cells[name]) for name in assignment.points if name in cells}
    code = code_cells_of(notebook, assignment.points)
    observed = {
        name: Observed(fault=fault)
        if fault
        else _observed(name, texts.get(name, ()), cells.get(name), code.get(name, ()), notes)
        for name in assignment.points
    }
    verdicts = judge(observed, truths, assignment.points)
    verdicts = diagnose(verdicts, bugs(verdicts, evidence_in(observed)))
    titles = {name: verdict.title for name, verdict in verdicts.items()}
    for name, cell in cells.items():
        if name in verdicts:
            _write(cell, verdicts[name], titles, observed[name].evidence, truths.get(name), texts[name])
    _note(notebook, verdicts, notes)
    return verdicts


def evidence_texts(cell: NotebookNode) -> tuple[str, ...]:
    """Return what a cell's outputs hold under evidence's type, as it is."""
    data = [output.get("data", {}) for output in cell.outputs]
    return tuple(entry[MIME_TYPE] for entry in data if MIME_TYPE in entry)


def set_evidence(cell: NotebookNode, texts: Sequence[str]) -> None:
    """Replace the evidence in a cell's outputs."""
    others = [output for output in cell.outputs if MIME_TYPE not in output.get("data", {})]
    cell.outputs = [*others, *(display({MIME_TYPE: text}) for text in texts)]


def _observed(
    name: str,
    texts: Sequence[str],
    cell: NotebookNode | None,
    code: Sequence[CodeCell],
    notes: Mapping[str, Any],
) -> Observed:
    """What is known of an experiment. code: the other cells, with what went wrong in those before it."""
    if notes.get("problem"):
        return Observed(missing=("unreadable", str(notes["problem"])))
    if texts or cell is None:
        return observe(texts, name, code)
    return Observed(missing=_why_nothing(cell), cells=code)


def _why_nothing(cell: NotebookNode) -> tuple[str, str]:
    """The cause for a test cell that left no evidence, and its error."""
    own = _errors(cell) or cell.metadata.get(METADATA, {}).get("errors", [])
    if not own:
        return "no_evidence", "the hidden test left no observations"
    return STOPPED.get(own[-1].partition(":")[0], "no_evidence"), own[-1]


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
    outputs = [display(message)]
    drawn = picture(verdict, evidence, truth) if evidence and truth else None
    if drawn is not None:
        data = {"image/svg+xml": drawn.svg, "text/plain": drawn.alt}
        outputs.append(display(data))
    printed = _printed(cell)
    if printed:
        outputs.append(stream(printed))
    errors = _errors(cell) or cell.metadata.get(METADATA, {}).get("errors", [])
    score = min(max(float(verdict.score), 0.0), float(verdict.max_score))
    outputs.append(result(repr(score), cell.execution_count))
    outputs.extend(display({MIME_TYPE: text}) for text in texts)
    cell.outputs = outputs
    cell.metadata[METADATA] = {"outcome": str(verdict.outcome), **({"errors": errors} if errors else {})}


def _printed(cell: NotebookNode) -> str:
    """What the student's code printed, stderr and tracebacks among it, as one text."""
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            parts.append(str(output.text))
        elif output.output_type == "error":
            parts.append(f"{output.ename}: {output.evalue}\n")
    return "".join(parts)[-MAX_OUTPUT:]


def _note(notebook: NotebookNode, verdicts: Mapping[str, Verdict], notes: Mapping[str, Any]) -> None:
    """Keep the verdicts in the notebook's metadata; tell the student what was wrong with the notebook."""
    summary = {name: as_record(verdict) for name, verdict in verdicts.items()}
    notebook.metadata[METADATA] = {**notes, "verdicts": summary}
    lines = [str(notes["problem"])] if notes.get("problem") else []
    lines += [str(repair) for repair in notes.get("repairs", [])]
    if lines:
        text = "**Notes on your notebook**\n\n" + "\n".join(f"- {line}" for line in lines)
        notebook.cells = [cell for cell in notebook.cells if cell.get("id") != NOTES_CELL]
        notebook.cells.insert(0, new_markdown_cell(text, id=NOTES_CELL))
