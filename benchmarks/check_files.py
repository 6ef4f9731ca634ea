"""Seconds per file of `graders check`, beside those of `nbgrader autograde`, in a temporary course.

Both are measured after start-up, as the difference between several files and one: all wheats for
`graders check`, two students for `nbgrader autograde`, with this course's plug-ins and without any. Rounds of
all three alternate; the best of each is the least disturbed one. Seconds of the clock, as the CPU time of a
sandbox's processes is told to nobody: it ends them, and waits for none.

Usage: python benchmarks/check_files.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "07_training"
WHEATS = sorted((ROOT / "graders" / "wheats").glob("*.py"))

BUDGET = 0.5
"""Seconds that `graders check` may take for a file after start-up."""

ROUNDS, STUDENTS = 2, 2

PLAIN = """c = get_config()
c.CourseDirectory.course_id = "training"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()"}
"""
"""The configuration of the same course without plug-ins."""


def make_course(folder: Path, config: str) -> Path:
    """Make a course in which some students hand in the instructor's notebook, ready to be graded."""
    shutil.copytree(ROOT / "source", folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "nbgrader_config.py").write_text(config, "utf-8")
    for number in range(STUDENTS):
        shutil.copytree(
            folder / "source" / ASSIGNMENT, folder / "submitted" / f"student{number}" / ASSIGNMENT
        )
    nbgrader(folder, "generate_assignment", ASSIGNMENT, "--force")
    return folder


def seconds(command: list[str], folder: Path) -> float:
    """Run a command; return how long it took. Raises CalledProcessError."""
    scripts = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": scripts, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    begun = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, check=True, capture_output=True
    )
    return time.monotonic() - begun


def nbgrader(course: Path, *arguments: str) -> float:
    """Run an nbgrader command in a course; return how long it took."""
    return seconds(["nbgrader", *arguments, "--log-level=ERROR"], course)


def autograde(course: Path) -> tuple[float, float, int]:
    """Return the seconds for one student and for all, and how many more these are."""
    one = nbgrader(course, "autograde", ASSIGNMENT, "--force", "--create", "--student=student0")
    every = nbgrader(course, "autograde", ASSIGNMENT, "--force", "--create")
    return one, every, STUDENTS - 1


def check(course: Path) -> tuple[float, float, int]:
    """Return the seconds for one file and for all wheats, and how many more these are."""
    command = ["graders", "check", "--json", "--course", str(course)]
    one = seconds([*command, str(WHEATS[0])], ROOT)
    return one, seconds([*command, *map(str, WHEATS)], ROOT), len(WHEATS) - 1


def main() -> None:
    """Print a table, the ratios, and whether the budget is kept."""
    with tempfile.TemporaryDirectory(prefix="graders-benchmark-") as folder:
        ours = make_course(Path(folder, "ours"), (ROOT / "nbgrader_config.py").read_text("utf-8"))
        plain = make_course(Path(folder, "plain"), PLAIN)
        measures = {
            f"graders check, {len(WHEATS)} wheats": lambda: check(ours),
            "nbgrader autograde, plug-ins": lambda: autograde(ours),
            "nbgrader autograde, plain": lambda: autograde(plain),
        }
        rounds = [{name: measure() for name, measure in measures.items()} for _ in range(ROUNDS)]
    best = {name: [min(times) for times in zip(*(r[name] for r in rounds), strict=True)] for name in measures}
    each = {name: (every - one) / more for name, (one, every, more) in best.items()}
    base = next(iter(each.values()))
    print(f"{'seconds':30} {'one file':>9} {'each more':>10} {'ratio':>7}")
    for name, (one, _, _) in best.items():
        print(f"{name:30} {one:9.2f} {each[name]:10.3f} {each[name] / base:7.1f}")
    print(f"budget {BUDGET:g} s for each file more: {'kept' if base <= BUDGET else 'EXCEEDED'}")
    sys.exit(base > BUDGET)


if __name__ == "__main__":
    main()
