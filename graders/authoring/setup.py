"""Assignments and configuration for a course that exists already, or a new one: planned first, then made."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from traitlets.config import Config

from graders.authoring.shipped import shipped_assignments, shipped_course
from graders.course import CONFIG, Course
from graders.doctor.config import PLUG_INS, load, missing_plug_ins
from graders.specimens import FOLDER

BLOCK = """
# >>> graders >>> added by `graders init`; delete these lines to undo it
from graders.nbgrader_plugins.configuration import configure as _configure_graders

_configure_graders(get_config())
# <<< graders <<<
"""

NEW_CONFIG = '''"""The course's configuration for nbgrader."""

c = get_config()
c.CourseDirectory.course_id = "{course_id}"
'''

GITIGNORE = """# Students' work, their grades, and the secret that their numbers are drawn from
/.graders/
/submitted/
/downloaded/
/autograded/
/feedback/
/gradebook.db*
/grades.csv
.nbgrader.log
/*-report.html
/report.csv
/canvas.csv
/moodle.csv
__pycache__/
.ipynb_checkpoints/
"""

REPLACED = Path(".graders") / "replaced"


class SetupError(Exception):
    """A course cannot be set up. The message says what is in the way, and the remedy. Nothing was changed."""


class Kind(StrEnum):
    """What happens to a file or folder."""

    MAKE = "make"
    APPEND = "append to"
    REPLACE = "replace"


@dataclass(frozen=True)
class Change:
    """One thing to do.

    path: what is made or changed. source: what is copied there; None: `text` is written.
    """

    kind: Kind
    path: Path
    source: Path | None = None
    text: str = ""


@dataclass(frozen=True)
class Plan:
    """What `carry_out` will do to a course, in order, and what the instructor should know of it.

    is_new: there is no course yet.
    """

    root: Path
    is_new: bool
    changes: tuple[Change, ...]
    notes: tuple[str, ...]


def plan(root: Path, names: Sequence[str], *, replace: bool = False) -> Plan:
    """Find out what has to be done so that a course has some of the package's assignments. Changes nothing.

    replace: files of these assignments that differ are replaced, which they are not otherwise.

    Raises:
        SetupError: the course cannot take the assignments.
        CourseError: the package is incomplete.
    """
    root = root.expanduser().resolve()
    if root.exists() and not root.is_dir():
        raise SetupError(f"{root} is no folder: name a course's folder, or one to be made")
    unknown = sorted(set(names) - set(shipped_assignments()))
    if unknown:
        there = ", ".join(shipped_assignments())
        raise SetupError(f"no assignment {unknown[0]!r} comes with the package: there are {there}")
    is_new = not (root / CONFIG).is_file()
    changes, notes = _new_course(root) if is_new else _configuration(root)
    for name in names:
        for folder in ("source", FOLDER):
            original = shipped_course() / folder / name
            if original.is_dir():
                more, remarks = _copy(original, root / folder / name, replace)
                changes, notes = [*changes, *more], [*notes, *remarks]
    return Plan(root, is_new, tuple(changes), tuple(notes))


def _new_course(root: Path) -> tuple[list[Change], list[str]]:
    course_id = re.sub(r"[^\w.-]+", "-", root.name) or "course"
    config = NEW_CONFIG.format(course_id=course_id) + BLOCK
    changes = [Change(Kind.MAKE, root / CONFIG, text=config)]
    if not (root / ".gitignore").exists():
        changes.append(Change(Kind.MAKE, root / ".gitignore", text=GITIGNORE))
    return changes, [f"the new course is called {course_id!r}: change it in {CONFIG} before you release"]


def _configuration(root: Path) -> tuple[list[Change], list[str]]:
    config, findings = load(Course(root))
    if config is None:
        raise SetupError(f"{findings[0].what}: {findings[0].remedy}, then run graders init again")
    _check_folders(config, root)
    if not missing_plug_ins(config):
        return [], [f"{CONFIG} has the plug-ins already"]
    notes = [
        f"{CONFIG} sets c.{section}.{name}; the plug-ins take its place. What you added to it, add again "
        "below the block, for example with .append(...)"
        for section, names in PLUG_INS.items()
        for name in names
        if name in config.get(section, {})
    ]
    return [Change(Kind.APPEND, root / CONFIG, text=BLOCK)], notes


def _check_folders(config: Config, root: Path) -> None:
    from nbgrader.coursedir import CourseDirectory  # takes long to import, and only this command needs it

    coursedir = CourseDirectory(config=config)
    if (str(coursedir.source_directory), Path(coursedir.root).resolve()) != ("source", root):
        raise SetupError(
            f"{root / CONFIG} moves the course to {coursedir.root} or its source to "
            f"{coursedir.source_directory!r}: graders reads assignments from source/ beside {CONFIG}"
        )


def _copy(original: Path, target: Path, replace: bool) -> tuple[list[Change], list[str]]:
    if not target.exists():
        return [Change(Kind.MAKE, target, source=original)], []
    files = [path for path in _files(original) if _bytes(target / path) != _bytes(original / path)]
    if not files:
        return [], [f"{target} is there already, as it comes with the package"]
    if not replace:
        shown = ", ".join(map(str, files[:3])) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
        return [], [
            f"{target} is there already, and differs ({shown}): it is kept; replace it with --replace"
        ]
    return [
        Change(Kind.REPLACE if (target / path).exists() else Kind.MAKE, target / path, source=original / path)
        for path in files
    ], []


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts):
            yield path.relative_to(folder)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def carry_out(planned: Plan) -> Path | None:
    """Do what was planned. Return the folder that holds what was replaced; None where nothing was.

    Raises:
        SetupError: a file appeared since the plan was made; it is not overwritten.
    """
    if not planned.root.exists():
        planned.root.mkdir(parents=True, mode=0o700)  # hidden tests and grades are for nobody else
    kept = planned.root / REPLACED / f"init-{time.time_ns()}"
    for change in planned.changes:
        if change.kind is Kind.MAKE and change.path.exists():
            raise SetupError(f"{change.path} appeared in the meantime: run graders init again")
        change.path.parent.mkdir(parents=True, exist_ok=True)
        if change.kind is Kind.REPLACE:
            old = kept / change.path.relative_to(planned.root)
            old.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(change.path, old)
        _write(change)
    return kept if kept.exists() else None


def _write(change: Change) -> None:
    if change.source is None:
        with change.path.open("a", encoding="utf-8") as file:
            file.write(change.text)
    elif change.source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(change.source, change.path, ignore=ignored)
    else:
        shutil.copyfile(change.source, change.path)
