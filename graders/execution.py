"""Running a notebook: its cells' outputs are filled in as a kernel would, whatever the cells do."""

from __future__ import annotations

import filecmp
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from graders.assignment import METADATA, hidden_code, is_test, nbgrader_data
from graders.evidence import MIME_TYPE
from graders.numbering import cell_numbers
from graders.outputs import as_output, display
from graders.runner import CellError, Job, Limits, Result, Runner, RunnerError
from graders.runner.records import MAX_FILES_BYTES, MIB, check_path
from graders.runner.state import OUT_OF_TIME

OUT_OF_LIMITS = {"timed_out": "Timeout", "died": "Died", "not_reached": "NotRun"}
"""Names of the errors that stand for what ended a cell from outside."""

SUBJECT = "the cell "

ADVICE_SLOW = "Look for a loop that never ends, or do less work."
ADVICE_DIED = "Take out what ends the process, such as os._exit; it may use {} s of CPU time and {} MiB."


DEFAULT_KERNEL = "python3"


class KernelNeeded(RunnerError):
    """A notebook is in another language than Python. The message names the option that lets it run."""


@dataclass(frozen=True)
class _Plan:
    """What a notebook's code cells are to a job: cells, and experiments between them."""

    cells: tuple[NotebookNode, ...]
    tests: dict[str, NotebookNode]
    codes: tuple[tuple[str, str], ...]
    positions: tuple[int, ...]


def execute(
    notebook: NotebookNode,
    runner: Runner,
    nonce: str,
    files: Sequence[tuple[str, bytes]] = (),
    limits: Limits | None = None,
) -> Result:
    """Run a notebook and fill in its cells' outputs and execution counts, in place.

    Of a test cell with a hidden region only that region is run; its evidence becomes an output. Cells that
    ended their process, or were not finished in time, get an error that says so, and a note in the notebook's
    metadata. files: what was handed in beside the notebook; what does not fit is left out, with a note too.

    Raises:
        KernelNeeded: the notebook is not in Python, and the runner starts no kernels.
        RunnerError: the code could not be run, for no reason of its own.
    """
    plan, limits = _plan(notebook), limits or runner.limits
    kept, notes = _fitting(files)
    sources = tuple(cell.source for cell in plan.cells)
    kernel = _kernel(notebook, runner)
    job = Job(sources, plan.codes, nonce, positions=plan.positions, rich=True, files=kept, kernel=kernel)
    result = runner.run(job, limits)
    _fill(plan, job, result, limits)
    if not kernel:
        notebook.metadata["language_info"] = _language()
    notes += stops(notebook, result, limits)
    if notes:
        known = notebook.metadata.setdefault(METADATA, NotebookNode())
        known["repairs"] = [*known.get("repairs", []), *notes]
    return result


def _kernel(notebook: NotebookNode, runner: Runner) -> str:
    """The kernel that a notebook is run in; empty for the runner's own shell."""
    spec = notebook.metadata.get("kernelspec", {})
    language = str(spec.get("language") or notebook.metadata.get("language_info", {}).get("name") or "python")
    if runner.full_kernel:
        return str(spec.get("name") or DEFAULT_KERNEL)
    if language.lower() not in ("python", "ipython"):
        raise KernelNeeded(
            f"the notebook is in {language}, and the runner's own shell runs Python only: set "
            "c.ExecuteSubmission.full_kernel = True in nbgrader_config.py to run it in its kernel"
        )
    return ""


def files_beside(folder: Path, assignment: Path) -> tuple[tuple[str, bytes], ...]:
    """Read what was handed in beside the notebooks: no links, and nothing that the assignment came with.

    Of a file that is too large to be run with, one byte more than fits is read, so that it is left out.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".ipynb" or path.is_symlink() or not path.is_file() or _below_link(path, folder):
            continue
        if not _same(path, assignment / name):
            with path.open("rb") as file:
                found.append((name, file.read(MAX_FILES_BYTES + 1)))
    return tuple(found)


def _below_link(path: Path, folder: Path) -> bool:
    return any(
        parent.is_symlink() for parent in path.parents if parent != folder and folder in parent.parents
    )


def _same(path: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(path, other, shallow=False)


def _plan(notebook: NotebookNode) -> _Plan:
    cells: list[NotebookNode] = []
    tests: dict[str, NotebookNode] = {}
    codes, positions = [], []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        hidden = hidden_code(cell.source) if is_test(cell) else None
        name = str(nbgrader_data(cell).get("grade_id"))
        if hidden is not None and name not in tests:
            tests[name] = cell
            codes.append((name, hidden))
            positions.append(len(cells))
        else:
            cells.append(cell)
    return _Plan(tuple(cells), tests, tuple(codes), tuple(positions))


def _fitting(files: Sequence[tuple[str, bytes]]) -> tuple[tuple[tuple[str, bytes], ...], list[str]]:
    """The files that a job may have, smallest first where not all fit, and notes on the others."""
    kept, notes, room = {}, [], MAX_FILES_BYTES
    for path, data in sorted(files, key=lambda file: len(file[1])):
        try:
            check_path(path)
        except ValueError as error:
            notes.append(f"A file was left out when the notebook was run: {error}.")
            continue
        if len(data) > room:
            notes.append(
                f"The file {path} was left out when the notebook was run: all files beside it may take "
                f"{MAX_FILES_BYTES // MIB} MiB together."
            )
            continue
        room -= len(data)
        kept[path] = data
    return tuple((path, kept[path]) for path, _ in files if path in kept), notes


def _fill(plan: _Plan, job: Job, result: Result, limits: Limits) -> None:
    counts = job.execution_counts()
    lethal = {cell.index: cell for cell in result.lethal_cells}
    errors = {error.index: error for error in result.cell_errors}
    for index, cell in enumerate(plan.cells):
        outputs = [*result.cell_outputs.get(index, ())]
        cell.execution_count = result.execution_counts.get(index)
        if index in lethal:
            outputs.append(_stopped(lethal[index].how, lethal[index].text, limits))
        elif index in errors:
            outputs += _unshown(errors[index], outputs)
        elif index in counts and index not in result.execution_counts:
            outputs.append(_stopped("not_reached", "", limits))
        cell.outputs = [as_output(output) for output in outputs]
    for name, cell in plan.tests.items():
        ending, outputs = result.endings[name], [*result.experiment_outputs.get(name, ())]
        cell.execution_count = counts[name] if ending.how != "not_reached" else None
        if ending.how != "finished":
            outputs.append(_stopped(ending.how, ending.text, limits))
        evidence = [display({MIME_TYPE: text}) for text in result.evidence[name]]
        cell.outputs = [*map(as_output, outputs), *evidence]


def stops(notebook: NotebookNode, result: Result, limits: Limits) -> list[str]:
    """Return a sentence for each cell of a notebook that had to be ended, or ended its process."""
    cells = _plan(notebook).cells
    numbers = dict(zip(map(id, notebook.cells), cell_numbers(notebook.cells), strict=True))
    return [
        f"cell {numbers[id(cells[cell.index])]} {what_stopped(cell.how, cell.text, limits)}"
        for cell in result.lethal_cells
    ]


def _stopped(how: str, text: str, limits: Limits) -> dict[str, Any]:
    """The error of a cell that did not come to its end: which limit it was, and what to do."""
    return _error(OUT_OF_LIMITS[how], f"{SUBJECT}{what_stopped(how, text, limits)}")


def what_stopped(how: str, text: str, limits: Limits, kind: str = "cell") -> str:
    """What ended a cell from outside, said of it, and what to do. kind: of what it is said."""
    if how == "died":
        advice = ADVICE_DIED.format(limits.cpu_seconds, limits.memory_bytes // MIB)
        return f"ended the kernel: {text}. {advice}"
    if how == "not_reached":
        return f"was not run: the {limits.job_seconds:g} s of the whole notebook were used up before it"
    if text == OUT_OF_TIME:
        whole = f"the {limits.job_seconds:g} s of the whole notebook were used up"
        return f"did not end in time: {whole}. {ADVICE_SLOW}"
    return f"did not end in time: a {kind} may take {limits.step_seconds:g} s. {ADVICE_SLOW}"


def _unshown(error: CellError, outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An error that left no traceback, as nbgrader adds it: that of a magic, or of a changed shell."""
    shown = any(output["output_type"] == "error" and output["ename"] == error.type for output in outputs)
    return [] if shown else [_error(error.type, error.message)]


def _error(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}


def _language() -> NotebookNode:
    """What a kernel says of its language."""
    return NotebookNode(
        codemirror_mode=NotebookNode(name="ipython", version=sys.version_info.major),
        file_extension=".py",
        mimetype="text/x-python",
        name="python",
        nbconvert_exporter="python",
        pygments_lexer="ipython3",
        version=sys.version.split()[0],
    )
