"""What is imported before students' code is forked: what the assignment imports, and what is heavy."""

from __future__ import annotations

import copy
from dataclasses import replace

from graders.assignment import Assignment
from graders.preload import preload_of


def with_cell(lesson: Assignment, source: str) -> Assignment:
    notebook = copy.deepcopy(lesson.notebook)
    cell = next(one for one in notebook.cells if one.cell_type == "code")
    cell.source = source
    cell.metadata.pop("nbgrader", None)
    notebook.cells = [cell]
    return replace(lesson, notebook=notebook)


def test_what_the_assignment_s_own_cells_import_is_imported_once(lesson: Assignment) -> None:
    source = "import numpy as np, json.decoder\nfrom tinystack import layers, no_module\nfrom . import here"
    assert preload_of(with_cell(lesson, source)) == ("json.decoder", "numpy", "tinystack", "tinystack.layers")


def test_matplotlib_is_imported_where_one_submission_mentions_it(lesson: Assignment) -> None:
    plain = with_cell(lesson, "import json")
    assert preload_of(plain, [b"x = 1", b"y = 2"]) == ("json",)
    for texts in ([b"x", b"import matplotlib.pyplot as plt"], [b"x", b"%matplotlib inline"]):
        assert preload_of(plain, texts) == ("json", "matplotlib.pyplot")


def test_submissions_are_read_no_further_than_needed(lesson: Assignment) -> None:
    texts = iter([b"matplotlib", b"never read"])
    preload_of(with_cell(lesson, ""), texts)
    assert list(texts) == [b"never read"]


def test_a_cell_with_a_magic_imports_nothing_beforehand(lesson: Assignment) -> None:
    assert preload_of(with_cell(lesson, "%matplotlib inline\nimport json")) == ()
