"""Grades a class of attackers in a course laid with canaries, and finds out what each attack came to."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag

from tests.attacks.attack import ASSIGNMENT, BASES, NOTEBOOK, Attack, Notebook, bases
from tests.attacks.canaries import Canaries
from tests.attacks.traces import OUTPUTS, adopt_orphans, descendants, digests, marked

RUN_SECONDS = 900
"""On an idle machine of two cores it takes one or two minutes."""

LIMITS = """
c.ExecuteSubmission.cell_seconds = 5
c.ExecuteSubmission.notebook_seconds = 12
c.ExecuteSubmission.memory_mib = 1024
c.ExecuteSubmission.processes = 32
c.ExecuteSubmission.file_mib = 8
c.ExecuteSubmission.scratch_mib = 16
"""
"""So that what is endless ends soon, and what is large is small."""

TOLD = "header, section[aria-labelledby=result], section[aria-labelledby=notes], div.outputs"
"""Parts of the feedback page that are neither the student's own source nor the instructor's text."""

ACTIVE_TAGS = ("script", "iframe", "object", "embed", "form", "base", "meta", "link", "svg", "style")
OWN_TAGS = ("meta", "style", "link")
"""What the head of every page has; the address of a link is looked at like any other."""

HARMLESS_ADDRESS = re.compile(
    r"(https?:|mailto:|data:image/(png|jpeg|gif|svg\+xml);base64,|data:,$|[^:]*$)", re.I
)
"""Addresses that run nothing, relative ones among them."""

COLOUR = re.compile(r"((background-)?color: rgb\(\d+,\d+,\d+\);? ?)+")
"""The one kind of style in a page's elements: that of text in a terminal's colours."""


@dataclass
class Outcome:
    """What one attack came to. failures: what must hold and does not, in words; none: the attack was held."""

    points: float | None
    failures: list[str] = field(default_factory=list)


class Rig:
    """A course in a folder, its canaries, and the attacks on it."""

    def __init__(self, root: Path, canaries: Canaries) -> None:
        self.root, self.course, self.home = root, root / "course", root / "home"
        self.temporary = root / "temporary"
        self.canaries = canaries
        self.mark = f"mark-{secrets.token_hex(6)}"

    def lay_out(self, repository: Path) -> None:
        """Make the course, laid with canaries."""
        for folder in (self.home, self.temporary):
            folder.mkdir(parents=True)
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        folder = self.course / "source" / ASSIGNMENT
        shutil.copytree(repository / "source" / ASSIGNMENT, folder, ignore=ignored)
        self.configure(repository)
        (self.root / "bases.json").write_text(json.dumps(bases(json.loads((folder / NOTEBOOK).read_text()))))
        self.canaries.lay(self.course, self.home)
        self._hide_in_source(folder / NOTEBOOK)

    def configure(self, repository: Path) -> None:
        """Write the course's configuration."""
        text = (repository / "nbgrader_config.py").read_text("utf-8")
        (self.course / "nbgrader_config.py").write_text(text + LIMITS)

    @cached_property
    def bases(self) -> dict[str, Notebook]:
        """The notebooks that attacks are put into, by the names of the honest students."""
        found: dict[str, Notebook] = json.loads((self.root / "bases.json").read_text("utf-8"))
        return found

    def _hide_in_source(self, path: Path) -> None:
        """Put a secret into each hidden region of the instructor's notebook, and one into a solution."""
        source = json.loads(path.read_text("utf-8"))
        for cell in source["cells"]:
            text = "".join(cell["source"])
            if "### BEGIN HIDDEN TESTS\n" in text:
                secret = self.canaries.secret("hidden_test")
                text = text.replace("HIDDEN TESTS\n", f"HIDDEN TESTS\n# {secret}\n", 1)
            if cell["id"] == "solution_trainer":
                secret = self.canaries.secret("solution")
                text = text.replace("BEGIN SOLUTION\n", f"BEGIN SOLUTION\n# {secret}\n")
            cell["source"] = text
        path.write_text(json.dumps(source))

    def honest(self) -> None:
        """Hand in one of each base; the good one has a secret in it, as no other student may read it."""
        for name, notebook in self.bases.items():
            folder = self.submitted(name)
            folder.mkdir(parents=True)
            text = json.dumps(notebook)
            if name == "wheat":
                secret = self.canaries.secret("other_student")
                text = text.replace('"# Trainer(', f'"# {secret}\\n# Trainer(')
            (folder / NOTEBOOK).write_text(text)

    def hand_in(self, attack: Attack) -> None:
        """Hand in an attack."""
        folder = self.submitted(attack.student)
        folder.mkdir(parents=True)
        attack.hand_in(folder, self.bases[attack.base], self.places(attack))

    def places(self, attack: Attack) -> dict[str, str]:
        """Return what an attacker may be assumed to know."""
        return {
            "COURSE": str(self.course),
            "HOME": str(self.home),
            "OTHER": str(self.submitted("wheat") / NOTEBOOK),
            "MARK": f"{self.mark}-{attack.name}",
            **self.canaries.places(),
        }

    def submitted(self, student: str) -> Path:
        """Return the folder of a student's submission."""
        return self.course / "submitted" / student / ASSIGNMENT

    def environment(self) -> dict[str, str]:
        """The environment of a command: folders of this rig's own, and a secret."""
        own = str(Path(sys.executable).parent)
        return {
            "PATH": os.pathsep.join([own, os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "MPLCONFIGDIR": str(self.root / "matplotlib"),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if (Path(path) / "graders").is_dir()),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "GRADES_PASSWORD": self.canaries.secret("environment"),
        }

    def run(self, *command: str, seconds: float = RUN_SECONDS) -> subprocess.CompletedProcess[str]:
        """Run a command in the course's folder."""
        return subprocess.run(
            command,
            cwd=self.course,
            env=self.environment(),
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=seconds,
            stdin=subprocess.DEVNULL,
        )

    def grade(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `graders grade`, two at a time."""
        return self.run(sys.executable, "-m", "graders", "grade", ASSIGNMENT, "--jobs", "2", *arguments)

    def files(self) -> dict[str, str]:
        """Return digests of all files that grading has no business with."""
        return {
            **{f"course/{name}": digest for name, digest in digests(self.course, OUTPUTS).items()},
            **{f"home/{name}": digest for name, digest in digests(self.home).items()},
            **{f"temporary/{name}": digest for name, digest in digests(self.temporary).items()},
        }

    def marks(self) -> list[str]:
        """Return what is left on the machine with the mark of one of the attacks, outside of the course."""
        return marked(self.mark)

    def notebook(self, student: str) -> Notebook:
        """Return a student's autograded notebook."""
        path = self.course / "autograded" / student / ASSIGNMENT / NOTEBOOK
        found: Notebook = json.loads(path.read_text("utf-8"))
        return found

    def page(self, student: str) -> str:
        """Return a student's feedback page; empty where there is none."""
        path = self.course / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        return path.read_text("utf-8") if path.is_file() else ""

    def points(self, student: str) -> tuple[float | None, list[str]]:
        """Return a student's points in the gradebook, and the cells that wait for a human."""
        with closing(sqlite3.connect(self.course / "gradebook.db")) as database:
            rows = database.execute(
                "select cell.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade from grade"
                " join base_cell cell on cell.id = grade.cell_id"
                " join submitted_notebook notebook on notebook.id = grade.notebook_id"
                " join submitted_assignment assignment on assignment.id = notebook.assignment_id"
                " where assignment.student_id = ?",
                (student,),
            ).fetchall()
        scores = [auto if manual is None else manual for _, auto, manual, _ in rows]
        waiting = [name for name, auto, _, needs in rows if needs or auto is None]
        return (sum(score or 0.0 for score in scores) if rows else None), waiting

    def state(self, student: str) -> dict[str, Any]:
        """Return what `graders grade` has noted of a student's grading."""
        path = self.course / ".graders" / "graded" / ASSIGNMENT / f"{student}.json"
        found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        return found

    def told(self, student: str) -> str:
        """Return what a student is told: what the feedback page says of points, notes and cells' outputs."""
        page = BeautifulSoup(self.page(student), "html.parser")
        return " ".join(" ".join(part.get_text(" ").split()) for part in page.select(TOLD))

    def most(self, attack: Attack) -> float:
        """Return the points of the honest part of an attack: what it may get at most."""
        base = self.points(attack.base)[0]
        assert base is not None, f"{attack.base} was not graded"
        return min(float(attack.fields.get("most", base)), base)

    def left_by(self, student: str) -> str:
        """Return all that a student's run has left, but for what the instructor's notebook brings into it."""
        notebook = self.notebook(student)
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade"):
                cell["source"] = ""
        return json.dumps(notebook) + self.page(student) + json.dumps(self.state(student))

    def outcome(self, attack: Attack) -> Outcome:
        """Find out what an attack came to."""
        student = attack.student
        outcome = self.result(attack)
        if outcome.points is None:
            return outcome
        if trouble := self.state(student).get("trouble"):
            outcome.failures.append(f"the grader failed: {trouble}")
        if not attack.told.search(self.told(student)):
            outcome.failures.append(f"nobody is told {attack.fields['told']!r}")
        if read := self.canaries.found_in(self.left_by(student)):
            outcome.failures.append(f"was read: {', '.join(sorted(read))}")
        if active := active_content(self.page(student)):
            outcome.failures.append(f"active content: {active[0][:80]}")
        return outcome

    def result(self, attack: Attack) -> Outcome:
        """Find out whether an attack has a grade, and one that it deserves."""
        points, waiting = self.points(attack.student)
        path = self.course / "autograded" / attack.student / ASSIGNMENT / NOTEBOOK
        if points is None or not path.is_file():
            return Outcome(None, ["no grade"])
        outcome = Outcome(points)
        if points > self.most(attack):
            outcome.failures.append(f"{points:g} points instead of at most {self.most(attack):g}")
        if waiting:
            outcome.failures.append(f"no score for {', '.join(waiting)}")
        return outcome


def active_content(page: str) -> list[str]:
    """Return what of a page runs or loads something, beside what the head of every page has."""
    found = []
    for tag in BeautifulSoup(page, "html.parser").find_all(True):
        assert isinstance(tag, Tag)
        own = tag.parent is not None and tag.parent.name == "head" and tag.name in OWN_TAGS
        if tag.name in ACTIVE_TAGS and not own:
            found.append(str(tag))
        for name, value in tag.attrs.items():
            address = name in ("href", "src", "action", "formaction", "xlink:href", "srcset", "background")
            styled = name == "style" and not COLOUR.fullmatch(str(value))
            if name.startswith("on") or styled or (address and not HARMLESS_ADDRESS.match(str(value))):
                found.append(f"<{tag.name} {name}={str(value)[:60]!r}>")
    return found


@dataclass(frozen=True)
class ClassRun:
    """One grading of a class of attackers, and what was found out of it."""

    rig: Rig
    outcomes: Mapping[str, Outcome]
    printed: str
    exit_code: int
    before: Mapping[str, str]
    after: Mapping[str, str]
    alone: Mapping[str, Notebook]
    together: Mapping[str, Notebook]
    marks: Sequence[str]
    processes: Mapping[int, str]


def grade_class(rig: Rig, repository: Path, chosen: Sequence[Attack]) -> ClassRun:
    """Grade the honest students alone, then all attackers and, again, the honest ones in one run."""
    adopt_orphans()
    rig.lay_out(repository)
    rig.honest()
    alone = rig.grade()
    assert alone.returncode == 0, alone.stdout + alone.stderr
    honest = {name: comparable(rig.notebook(name)) for name in BASES}
    for attack in chosen:
        rig.hand_in(attack)
    before, running = rig.files(), set(descendants())
    done = rig.grade("--force")
    processes = {pid: command for pid, command in descendants().items() if pid not in running}
    return ClassRun(
        rig,
        {attack.name: rig.outcome(attack) for attack in chosen},
        done.stdout + done.stderr,
        done.returncode,
        before,
        rig.files(),
        honest,
        {name: comparable(rig.notebook(name)) for name in BASES},
        rig.marks(),
        processes,
    )


def comparable(notebook: Notebook) -> Notebook:
    """Return a notebook without what differs from run to run: seconds and cell ids."""
    notebook["metadata"].get("graders", {}).pop("seconds", None)
    return {**notebook, "cells": list(_without_ids(notebook["cells"]))}


def _without_ids(cells: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for cell in cells:
        yield {name: value for name, value in cell.items() if name != "id"}
