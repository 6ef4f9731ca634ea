"""Submissions of every form are read; what cannot be read is refused with the file's name and a remedy."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from graders import submission
from graders.assignment import Assignment
from graders.submission import SubmissionError, read, read_notebook

NOTEBOOK = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("mine = 1")])


def put(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


BAD: dict[str, tuple[str, bytes | str, str]] = {
    "no JSON": ("a.ipynb", "print(1)", "hand it in again"),
    "an empty file": ("a.ipynb", "", "hand it in again"),
    "half a file": ("a.ipynb", nbformat.writes(NOTEBOOK)[:-20], "hand it in again"),
    "a list": ("a.ipynb", "[]", "hand in the file that Jupyter saves"),
    "a number": ("a.ipynb", "3", "hand in the file that Jupyter saves"),
    "null": ("a.ipynb", "null", "hand in the file that Jupyter saves"),
    "JSON of something else": ("a.ipynb", '{"name": "x"}', "hand in the file that Jupyter saves"),
    "deep JSON": ("a.ipynb", "[" * 100_000, "hand it in again"),
    "cells that are no list": ("a.ipynb", '{"cells": 3}', "hand it in again"),
    "worksheets that are no list": ("a.ipynb", '{"worksheets": 3, "nbformat": 3}', "hand it in again"),
    "no text": ("a.ipynb", b"\xff\xfe\x00\x01", "save it again"),
    "a module that is no text": ("a.py", b"\x80\x81", "save it again"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_refused_with_file_and_remedy(
    tmp_path: Path, lesson: Assignment, name: str
) -> None:
    file, content, remedy = BAD[name]
    path = put(tmp_path / file, content)
    with pytest.raises(SubmissionError) as raised:
        read(path, lesson)
    assert str(path) in str(raised.value) and remedy in str(raised.value)


@pytest.mark.parametrize("name", ["gone.ipynb", "gone.py"])
def test_a_missing_file_is_refused(tmp_path: Path, lesson: Assignment, name: str) -> None:
    with pytest.raises(SubmissionError, match=rf"{name} does not exist: check its name"):
        read(tmp_path / name, lesson)


def test_a_folder_is_refused(tmp_path: Path, lesson: Assignment) -> None:
    (tmp_path / "a.ipynb").mkdir()
    with pytest.raises(SubmissionError, match=r"a\.ipynb is a folder: name the file in it"):
        read(tmp_path / "a.ipynb", lesson)


def test_a_file_too_large_is_refused(
    tmp_path: Path, lesson: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "MAX_BYTES", 10)
    with pytest.raises(SubmissionError, match="clear its outputs"):
        read(put(tmp_path / "a.py", "x = 1000000"), lesson)


def test_a_module_is_one_cell(tmp_path: Path, lesson: Assignment) -> None:
    got = read(put(tmp_path / "a.py", "x = 1\n"), lesson)
    assert got.cells == ("x = 1\n",) and got.is_module


def test_a_byte_order_mark_is_no_part_of_the_code(tmp_path: Path, lesson: Assignment) -> None:
    assert read(put(tmp_path / "a.py", b"\xef\xbb\xbfx = 1"), lesson).cells == ("x = 1",)


def test_the_source_notebook_is_a_submission_without_repairs(lesson: Assignment) -> None:
    got = read(lesson.folder / f"{lesson.name}.ipynb", lesson)
    assert got.cells == lesson.reference and not got.repairs and not got.is_module


def test_no_hidden_test_is_among_the_cells_of_a_submission(lesson: Assignment) -> None:
    got = read(lesson.folder / f"{lesson.name}.ipynb", lesson)
    assert not [code for code in got.cells if "tinystack.lab.experiment" in code]


ODD: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a source that is a list": lambda raw: raw["cells"][0].update(source=["mine ", "= 1"]),
    "an unknown cell type": lambda raw: raw["cells"].append({"cell_type": "heading", "source": "x"}),
    "a cell that is no object": lambda raw: raw["cells"].append(7),
    "a cell without source": lambda raw: raw["cells"].append({"cell_type": "code"}),
    "a source that is a number": lambda raw: raw["cells"].append({"cell_type": "code", "source": 3}),
    "metadata that are text": lambda raw: raw["cells"].append(
        {"cell_type": "code", "source": "x", "metadata": "m", "outputs": 3}
    ),
    "no metadata": lambda raw: raw.pop("metadata"),
    "a version from the future": lambda raw: raw.update(nbformat=99),
    "a version that is text": lambda raw: raw.update(nbformat="four"),
    "no version": lambda raw: raw.pop("nbformat"),
    "cell ids twice": lambda raw: raw["cells"].append(dict(raw["cells"][0])),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ODD)
def test_the_code_of_a_notebook_that_is_not_valid_is_kept(tmp_path: Path, name: str) -> None:
    raw = json.loads(nbformat.writes(NOTEBOOK))
    ODD[name](raw)
    notebook = read_notebook(put(tmp_path / "a.ipynb", json.dumps(raw)))
    assert "mine = 1" in [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ODD)
def test_a_notebook_that_is_not_valid_is_read_without_a_warning(tmp_path: Path, name: str) -> None:
    raw = json.loads(nbformat.writes(NOTEBOOK))
    ODD[name](raw)
    assert read_notebook(put(tmp_path / "a.ipynb", json.dumps(raw))).cells


@pytest.mark.parametrize(
    "change", [{}, {"nbformat": "3"}, {"nbformat": [3]}], ids=["valid", "as text", "in a list"]
)
def test_the_solutions_of_a_notebook_of_version_3_are_found(
    tmp_path: Path, lesson: Assignment, change: dict[str, Any]
) -> None:
    old = nbformat.convert(copy.deepcopy(lesson.notebook), 3)
    got = read(put(tmp_path / "a.ipynb", json.dumps({**old, **change})), lesson)
    assert got.cells == lesson.reference and not got.repairs


def test_half_a_character_is_replaced_and_whole_ones_are_kept(tmp_path: Path) -> None:
    text = nbformat.writes(NOTEBOOK).replace("mine = 1", r"mine = '\ud83d\ude00 \ud800'")
    (code,) = read_notebook(put(tmp_path / "a.ipynb", text)).cells
    assert code.source == "mine = '\N{GRINNING FACE} ?'"


def test_an_error_that_names_half_a_character_can_be_shown(tmp_path: Path) -> None:
    path = put(tmp_path / "a.ipynb", r'{"worksheets": "\ud800", "nbformat": "\ud800"}')
    with pytest.raises(SubmissionError) as raised:
        read_notebook(path)
    assert str(raised.value).encode()


def test_a_notebook_of_version_3_is_read(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "input": ["mine = 1"], "language": "python", "metadata": {}, "outputs": []}
    raw = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {},
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    (code,) = read_notebook(put(tmp_path / "a.ipynb", json.dumps(raw))).cells
    assert code.source == "mine = 1"


def with_cells(*cells: Any, **changes: Any) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **changes})


CODE = {
    "cell_type": "code",
    "id": "a",
    "metadata": {},
    "source": "mine = 1",
    "execution_count": 1,
    "outputs": [],
}
PICTURE = {"output_type": "display_data", "metadata": {}, "data": {f"x{n}": 3 for n in range(5000)}}
MANY_FAULTS = {
    "outputs": with_cells(
        {**CODE, "outputs": [{"output_type": "stream", "name": "stdout", "text": 3}] * 5000}
    ),
    "a bundle": with_cells({**CODE, "outputs": [PICTURE]}),
    "tags": with_cells({**CODE, "metadata": {"tags": [3] * 5000}}),
    "cells": with_cells(CODE, *([{"cell_type": "x"}] * 5000)),
    "version 3": json.dumps(
        {"nbformat": 3, "worksheets": [{"cells": [CODE, *([{"cell_type": "x"}] * 5000)]}]}
    ),
    "version 2": json.dumps(
        {"nbformat": 2, "worksheets": [{"cells": [CODE, *([{"cell_type": "x"}] * 5000)]}]}
    ),
}


@pytest.mark.parametrize("name", MANY_FAULTS)
def test_of_many_faults_only_the_first_is_looked_for(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each one that nbformat describes takes milliseconds: a notebook of 100 kB took half a minute."""
    monkeypatch.setattr(nbformat, "reads", lambda *_, **__: pytest.fail("nbformat looks for all of them"))
    cells = read_notebook(put(tmp_path / "a.ipynb", MANY_FAULTS[name])).cells
    assert "mine = 1" in [cell.source for cell in cells]


def test_a_notebook_with_too_many_cells_and_outputs_is_refused(tmp_path: Path) -> None:
    text = {"output_type": "stream", "name": "stdout", "text": ""}
    path = put(
        tmp_path / "a.ipynb", with_cells(*([CODE] * 10), {**CODE, "outputs": [text] * submission.MAX_ITEMS})
    )
    with pytest.raises(
        SubmissionError, match="has 20011 cells and outputs, and 20000 are allowed: clear its"
    ):
        read_notebook(path)


@pytest.mark.parametrize("depth", [50, 120, 200, 250, 300, 400, 450])
@pytest.mark.parametrize("place", ["nbgrader", "cell", "notebook"])
def test_deep_metadata_are_read_or_dropped_and_the_code_is_kept(
    tmp_path: Path, lesson: Assignment, depth: int, place: str
) -> None:
    raw = json.loads(nbformat.writes(lesson.notebook))
    cell = next(each for each in raw["cells"] if each["cell_type"] == "code" and each["metadata"])
    {"nbgrader": cell["metadata"]["nbgrader"], "cell": cell["metadata"], "notebook": raw["metadata"]}[place][
        "x"
    ] = 0
    text = json.dumps(raw).replace('"x": 0', f'"x": {"[" * depth}{"]" * depth}')
    got = read(put(tmp_path / "a.ipynb", text), lesson)
    assert got.cells == lesson.reference and not got.repairs


def test_a_notebook_without_cell_ids_is_read_as_it_is(tmp_path: Path) -> None:
    bare = {key: value for key, value in CODE.items() if key != "id"}
    shown = {"output_type": "stream", "name": "stdout", "text": "1"}
    (cell,) = read_notebook(put(tmp_path / "a.ipynb", with_cells({**bare, "outputs": [shown]}))).cells
    assert cell.outputs == [shown] and cell.source == "mine = 1"
