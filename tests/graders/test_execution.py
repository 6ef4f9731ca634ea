"""Running a notebook fills in its outputs as a kernel would, and says of each cell that did not end why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode, v4

from graders.assignment import METADATA
from graders.evidence import MIME_TYPE
from graders.execution import KernelNeeded, execute, files_beside
from graders.runner import Limits, Runner
from graders.runner.records import MAX_FILES_BYTES
from graders.sandbox import UNPROTECTED

LIMITS = Limits(step_seconds=20, job_seconds=60)

EMIT = "display({'application/vnd.tinystack.evidence': str(%s), 'text/plain': 'label'}, raw=True)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assignment's folder with an empty tinystack."""
    folder = tmp_path_factory.mktemp("lesson")
    (folder / "tinystack").mkdir()
    for name in ("__init__.py", "lab.py"):
        (folder / "tinystack" / name).touch()
    return folder


@pytest.fixture(scope="module")
def runner(folder: Path) -> Iterator[Runner]:
    with Runner(folder, LIMITS, sandbox=UNPROTECTED) as started:
        yield started


def a_test(name: str, hidden: str, seen: str = "") -> NotebookNode:
    """A test cell; without hidden code, one that is run as it is."""
    region = f"### BEGIN HIDDEN TESTS\nfrom IPython.display import display\n{hidden}\n### END HIDDEN TESTS\n"
    cell = v4.new_code_cell(seen + (region if hidden else ""))
    cell.metadata["nbgrader"] = NotebookNode(grade_id=name, grade=True, solution=False, points=1)
    return cell


def notebook_of(*cells: NotebookNode | str) -> NotebookNode:
    codes = [v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    return v4.new_notebook(cells=[v4.new_markdown_cell("# Title"), *codes])


def evidence(cell: NotebookNode) -> list[str]:
    return [output.data[MIME_TYPE] for output in cell.outputs if MIME_TYPE in output.get("data", {})]


def error(cell: NotebookNode) -> Any:
    """The last output of a cell, which is an error."""
    assert cell.outputs[-1].output_type == "error"
    return cell.outputs[-1]


def test_outputs_counts_and_evidence_are_in_their_cells(runner: Runner) -> None:
    test = a_test("t", f"print('in the test')\n{EMIT % 'a'}", "raise RuntimeError('never run')\n")
    notebook = notebook_of("a = 1\na", "", test, "a = 2", a_test("u", "", "print(a)"), "1 / 0")
    execute(notebook, runner, "n")
    nbformat.validate(notebook)
    _, first, empty, tested, _, visible, failed = notebook.cells
    assert first.outputs[0].data == {"text/plain": "1"} and first.outputs[0].execution_count == 1
    assert empty.execution_count is None and tested.execution_count == 2
    assert evidence(tested) == ["1"] and tested.outputs[0].text == "in the test\n"
    assert visible.outputs[0].text == "2\n" and error(failed).ename == "ZeroDivisionError"
    assert notebook.metadata.language_info.name == "python"


def test_what_ended_a_cell_is_said_with_its_limit_and_a_remedy(runner: Runner) -> None:
    died, hangs = "import os; os._exit(0)", "while True: pass"
    tests = (a_test("t", died), a_test("u", hangs), a_test("v", EMIT % "a"))
    notebook = notebook_of("a = 1", died, hangs, *tests)
    execute(notebook, runner, "n", limits=Limits(step_seconds=1, job_seconds=30, interrupt_seconds=0.5))
    _, _, *stopped, last = notebook.cells
    assert [error(cell).ename for cell in stopped] == ["Died", "Timeout", "Died", "Timeout"]
    assert "the cell ended the kernel" in error(stopped[0]).evalue and "2048 MiB" in error(stopped[0]).evalue
    assert "a cell may take 1 s" in error(stopped[1]).evalue and "loop" in error(stopped[1]).evalue
    ended = ["cell 2 ended the kernel: ", "cell 3 did not end in time: a cell may take 1 s. "]
    notes = notebook.metadata[METADATA]["repairs"]
    assert len(notes) == 2 and all(map(str.startswith, notes, ended)), "tests tell it themselves"
    assert all(len(f"{error(cell).ename}: {error(cell).evalue}") < 300 for cell in stopped)
    assert evidence(last) == ["1"]


def test_cells_that_were_not_reached_say_so(runner: Runner) -> None:
    notebook = notebook_of("a = 1", "while True: pass", "print('late')", a_test("t", EMIT % "a"))
    execute(notebook, runner, "n", limits=Limits(step_seconds=1.5, job_seconds=1.5))
    *_, slow, cell, test = notebook.cells
    assert "the 1.5 s of the whole notebook were used up" in error(slow).evalue
    for late in (cell, test):
        assert error(late).ename == "NotRun" and late.execution_count is None


def test_an_error_that_was_not_shown_is_added_as_nbgrader_does(runner: Runner) -> None:
    notebook = notebook_of("get_ipython().showtraceback = lambda *a, **k: None", "1 / 0", "%no_such_magic")
    execute(notebook, runner, "n")
    assert error(notebook.cells[2]).ename == "ZeroDivisionError"
    assert error(notebook.cells[3]).ename == "UsageError"


def test_tests_of_the_same_name_are_no_error(runner: Runner) -> None:
    notebook = notebook_of(a_test("t", EMIT % "1"), a_test("t", EMIT % "2"))
    execute(notebook, runner, "n")
    assert evidence(notebook.cells[1]) == ["1"] and evidence(notebook.cells[2]) == []


def test_files_that_do_not_fit_are_left_out_with_a_note(runner: Runner) -> None:
    files = [("large", bytes(MAX_FILES_BYTES + 1)), ("../out", b""), ("small", b"1")]
    notebook = notebook_of("import os\nsorted(n for n in os.listdir() if n != 'tinystack')")
    execute(notebook, runner, "n", files)
    assert notebook.cells[1].outputs[0].data["text/plain"] == "['small']"
    notes = notebook.metadata[METADATA]["repairs"]
    assert len(notes) == 2 and any("large" in note and "12 MiB" in note for note in notes)


def test_files_beside_a_notebook_are_those_that_its_student_added(tmp_path: Path) -> None:
    assignment, submission = tmp_path / "assignment", tmp_path / "submission"
    for path, text in {"data.csv": "1", "changed.py": "a = 1", "notebook.ipynb": "{}"}.items():
        for root in (assignment, submission):
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(text)
    (submission / "changed.py").write_text("a = 2")
    (submission / "own").mkdir()
    (submission / "own" / "more.txt").write_text("more")
    (submission / "link").symlink_to(assignment / "data.csv")
    (submission / "folder").symlink_to(assignment)
    assert files_beside(submission, assignment) == (("changed.py", b"a = 2"), ("own/more.txt", b"more"))


@pytest.mark.parametrize("where", ["kernelspec", "language_info"])
def test_another_language_asks_for_a_full_kernel(runner: Runner, where: str) -> None:
    notebook = notebook_of("1")
    notebook.metadata[where] = {"name": "R" if where == "language_info" else "ir", "language": "R"}
    with pytest.raises(KernelNeeded, match=r"c\.ExecuteSubmission\.full_kernel = True"):
        execute(notebook, runner, "n")


@pytest.mark.timeout(180)
def test_a_full_kernel_runs_the_same_steps(folder: Path) -> None:
    hasty = Limits(step_seconds=15, job_seconds=120)
    cells = ("import os\nprint(os.environ['TINYSTACK_NONCE'])\na = 5\na", "", "1 / 0")
    notebook = notebook_of(*cells, "print('kept')\nos._exit(0)", a_test("t", EMIT % "a"), "display(a)")
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python"}
    with Runner(folder, sandbox=UNPROTECTED, full_kernel=True) as kernels:
        execute(notebook, kernels, "the-nonce", limits=hasty)
    nbformat.validate(notebook)
    _, first, empty, failed, lethal, test, last = notebook.cells
    assert first.outputs[0].text == "the-nonce\n" and first.outputs[1].data == {"text/plain": "5"}
    assert empty.execution_count is None and last.execution_count == 5
    assert error(failed).ename == "ZeroDivisionError" and "its kernel ended" in error(lethal).evalue
    assert evidence(test) == ["5"] and last.outputs[0].data == {"text/plain": "5"}
