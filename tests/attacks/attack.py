"""Attacks, each a small file in library/FAMILY/NAME.py, and the notebooks that they make.

The docstring of such a file tells what the attack tries, and ends with a head of fields:

    base    whose work it is else: `untouched` (0 points), `chaff` (a known bug) or `wheat` (all right)
    where   where the file's code goes in the notebook; see `Attack.notebook`
    told    a regular expression, found in what the student is told
    case    the known case that it is, where there is one
    most    points that it may get, where that is less than its base's
    student name of the student's folder, where that is the attack
    plain   why it is not tried on plain nbgrader, where it is not
    open    why it is not held yet, where it is not

A file with a function `hand_in(folder, notebook, places)` makes the submission's files itself.
"""

from __future__ import annotations

import ast
import copy
import json
import re
import runpy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIBRARY = Path(__file__).with_name("library")
FAMILIES = {
    "forging": "Forging grades inside the kernel",
    "reaching": "Reading or writing what is not theirs",
    "exhausting": "Exhausting the machine",
    "malformed": "Malformed files and metadata",
}
ASSIGNMENT = "07_training"
NOTEBOOK = f"{ASSIGNMENT}.ipynb"

HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n*", re.DOTALL)
SOLUTION = re.compile(r"### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL)
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
FIELD = re.compile(r"^(base|where|told|case|most|student|plain|open) +(\S.*)$", re.MULTILINE)

FIRST_LINES = {
    "train_epoch": ("solution_trainer", "self.model.train()"),
    "evaluate": ("solution_evaluate", "self.model.eval()"),
    "get_lr": ("solution_schedule", "if epoch >= self.total_epochs:"),
    "save_checkpoint": ("solution_checkpoint", "checkpoint = {"),
}
"""Functions that code can be put into: the cell, and the line that it goes before."""

BASES = ("untouched", "chaff", "wheat")

Notebook = dict[str, Any]


@dataclass(frozen=True)
class Attack:
    """One hostile submission. fields: the head of its file, see above."""

    name: str
    family: str
    title: str
    about: str
    code: str
    fields: Mapping[str, str]
    path: Path

    @property
    def base(self) -> str:
        """Whose work the notebook is, but for the attack."""
        return self.fields["base"]

    @property
    def told(self) -> re.Pattern[str]:
        """What the student is told, at least."""
        return re.compile(self.fields["told"], re.DOTALL)

    @property
    def student(self) -> str:
        """The name of the student's folder."""
        return str(ast.literal_eval(self.fields["student"])) if "student" in self.fields else self.name

    def hand_in(self, folder: Path, notebook: Notebook, places: Mapping[str, str]) -> None:
        """Put the attack's files into a folder. places: what @NAME@ stands for in its code."""
        notebook = copy.deepcopy(notebook)
        code = self.code
        for name, text in places.items():
            code = code.replace(f"@{name}@", text)
        if "where" in self.fields:
            (folder / NOTEBOOK).write_text(json.dumps(self.put(code, notebook)))
        else:
            runpy.run_path(str(self.path))["hand_in"](folder, notebook, places)

    def put(self, code: str, notebook: Notebook) -> Notebook:
        """Put code where the attack's file says: in a cell, in a function of one, or as a cell of its own."""
        how, _, name = self.fields["where"].rpartition(" ")
        target, anchor = FIRST_LINES.get(name, (name, ""))
        index = next(i for i, one in enumerate(notebook["cells"]) if one["id"] == target)
        cell = notebook["cells"][index]
        if how == "a cell after":
            own = {"id": "own", "cell_type": "code", "source": code, "metadata": {}}
            notebook["cells"].insert(index + 1, {**own, "outputs": [], "execution_count": None})
        elif how == "first in":
            cell["source"] = before_line(cell["source"], anchor, code)
        elif how == "top of":
            cell["source"] = f"{code}\n{cell['source']}"
        elif how == "end of":
            cell["source"] += f"\n{code}"
        else:
            assert how == "instead of", f"{self.path}: where = {self.fields['where']}"
            cell["source"] = code
        return notebook


def before_line(source: str, anchor: str, code: str) -> str:
    """Put lines of code before a line, indented as that is."""
    before, found, after = source.partition(anchor)
    assert found, f"there is no line {anchor!r}"
    indent = before[before.rindex("\n") + 1 :]
    return before + "".join(f"{line}\n{indent}" for line in code.splitlines()) + found + after


def attacks() -> list[Attack]:
    """Read all attacks, by family and name."""
    return [read(path) for family in FAMILIES for path in sorted((LIBRARY / family).glob("*.py"))]


def read(path: Path) -> Attack:
    """Read one attack from its file."""
    text = path.read_text("utf-8")
    docstring = ast.get_docstring(ast.parse(text)) or ""
    fields = dict(FIELD.findall(docstring))
    assert fields.get("base") in BASES and "told" in fields, f"{path}: its head is not complete"
    title, _, rest = docstring.partition("\n\n")
    about = FIELD.sub("", rest).strip()
    code = text[text.index('"""', 3) + 3 :].strip("\n")
    return Attack(path.stem, path.parent.name, title.rstrip("."), " ".join(about.split()), code, fields, path)


def bases(source: Notebook) -> dict[str, Notebook]:
    """Make the notebooks that attacks are put into from the instructor's."""
    wheat = copy.deepcopy(source)
    for cell in wheat["cells"]:
        cell["source"] = HIDDEN.sub("", "".join(cell["source"]))
    untouched, chaff = copy.deepcopy(wheat), copy.deepcopy(wheat)
    for cell in untouched["cells"]:
        cell["source"] = SOLUTION.sub(STUB, cell["source"])
    for cell in chaff["cells"]:
        if cell["id"] == "solution_trainer":
            lines = cell["source"].splitlines(keepends=True)
            cell["source"] = "".join(line for line in lines if "optimizer.zero_grad()" not in line)
    return {"untouched": untouched, "chaff": chaff, "wheat": wheat}
