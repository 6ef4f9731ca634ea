"""An assignment's copy of the stack: the lab, and what it uses of the framework, equal to the package's.

nbgrader hands out one folder per assignment, so each has a copy of what it needs. Copies are never edited: a
test, and `graders doctor`, compare them with the original. `__init__.py` is the assignment's own, as it says
what the assignment has.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from graders.authoring.shipped import original_stack

OWN = Path("__init__.py")

INIT = '''"""What comes with this assignment: the lab, in which hidden tests observe; numpy alone."""
'''


def copy_stack(assignment: Path) -> None:
    """Give a new assignment's folder a tinystack/ with the lab. Raises CourseError."""
    target = assignment / "tinystack"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(original_stack() / "lab", target / "lab", ignore=ignored)
    (target / OWN).write_text(INIT, "utf-8")


def differing(assignment: Path) -> list[Path]:
    """Return what differs from the original in an assignment's tinystack/, as relative paths, sorted.

    Files of the lab may also be missing, or be too many. Raises CourseError.
    """
    original, copy = original_stack(), assignment / "tinystack"
    there = _files(copy)
    lab = {path for path in _files(original) if path.parts[0] == "lab"}
    shared = {path for path in there if (original / path).is_file() or path.parts[0] == "lab"}
    return sorted(path for path in (shared | lab) - {OWN} if _bytes(copy / path) != _bytes(original / path))


def update(assignment: Path) -> list[Path]:
    """Make an assignment's copy equal to the original, and return what was changed. Raises CourseError."""
    original, copy = original_stack(), assignment / "tinystack"
    changed = differing(assignment)
    for path in changed:
        if (original / path).is_file():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original / path, copy / path)
        else:
            (copy / path).unlink()
    return changed


def _files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*.py")}


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
