"""A class of any size for the benchmarks: correct work, known bugs, unfinished and unreadable notebooks.

Not a benchmark itself. Half of the students hand in one of the correct trainers of graders/wheats, four in
ten a trainer with a bug of graders/chaffs, and the rest is unfinished, does not compile, or is no notebook.
One in ten draws a plot. Endless loops are left out: what they cost is the time limit, whatever runs them.
"""

from __future__ import annotations

import copy
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "07_training"
RELEASE = ROOT / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
SEED = 7

CORRECT, WITH_A_BUG, WITH_A_PLOT = 0.5, 0.4, 0.1
"""Shares of the class; what is left of the first two is unfinished or broken."""

PLOT = """import matplotlib.pyplot as plt
plt.plot([0.1 * 0.9**epoch for epoch in range(50)])
plt.xlabel("epoch")
plt.show()"""

sys.path.insert(0, str(ROOT))

from graders.library import chaffs, wheats  # noqa: E402 (found by the line before)


def make_class(folder: Path, students: int) -> None:
    """Write folder/STUDENT/07_training/07_training.ipynb for so many students, the same in every run."""
    release, chance = nbformat.read(RELEASE, as_version=4), random.Random(SEED)
    for number, source in enumerate(_work(students, chance)):
        target = folder / f"student{number:04}" / ASSIGNMENT
        target.mkdir(parents=True)
        plotting = chance.random() < WITH_A_PLOT
        text = source if source.startswith("{") else nbformat.writes(_notebook(release, source, plotting))
        (target / f"{ASSIGNMENT}.ipynb").write_text(text, "utf-8")


def _work(students: int, chance: random.Random) -> Iterator[str]:
    """What each student hands in: code for the first solution cell, or the whole file if it begins with {."""
    right, wrong = [one.source for one in wheats()], [one.source for one in chaffs()]
    broken = ["", "class Trainer:\n    def __init__(self\n", '{"cells": [', "import tinystack\n1 / 0\n"]
    for _ in range(students):
        draw = chance.random()
        if draw < CORRECT:
            yield chance.choice(right)
        elif draw < CORRECT + WITH_A_BUG:
            yield chance.choice(wrong)
        else:
            yield chance.choice(broken)


def _notebook(release: NotebookNode, source: str, plotting: bool) -> NotebookNode:
    notebook = copy.deepcopy(release)
    cells = [cell for cell in notebook.cells if cell.get("id", "").startswith("solution_")]
    if source:
        cells[0].source = source
        for cell in cells[1:]:
            cell.source = "# It is all in the first cell."
    if plotting:
        notebook.cells.append(nbformat.v4.new_code_cell(PLOT, id="my-plot"))
    return notebook
