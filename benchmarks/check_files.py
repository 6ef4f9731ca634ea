"""Seconds per file of `graders check`, beside those of `nbgrader autograde`, in a temporary course.

Both are measured after start-up: `graders check` between its first result and its last, over all wheats;
`nbgrader autograde` as the difference between grading two students and grading one, with this course's
plug-ins and without any. Rounds of all three alternate; the best of each is the least disturbed one.

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
    (folder / "nbgrader_config.py").write_text(config)
    for number in range(STUDENTS):
        shutil.copytree(
            folder / "source" / ASSIGNMENT, folder / "submitted" / f"student{number}" / ASSIGNMENT
        )
    nbgrader(folder, "generate_assignment", ASSIGNMENT, "--force")
    return folder


def nbgrader(course: Path, *arguments: str) -> float:
    """Run an nbgrader command in a course; return its wall seconds. Raises CalledProcessError."""
    command = [sys.executable, "-m", "nbgrader", *arguments, "--log-level=ERROR"]
    scripts = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": scripts, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    begun = time.perf_counter()
    subprocess.run(command, cwd=course, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begun


def autograde(course: Path) -> tuple[float, float]:
    """Return the seconds of grading one student, and of each student more."""
    one = nbgrader(course, "autograde", ASSIGNMENT, "--force", "--create", "--student=student0")
    every = nbgrader(course, "autograde", ASSIGNMENT, "--force", "--create")
    return one, (every - one) / (STUDENTS - 1)


def check(course: Path) -> tuple[float, float]:
    """Return the seconds until `graders check` has its first result, and for each file more."""
    command = [sys.executable, "-m", "graders", "check", "--json", "--course", str(course), *map(str, WHEATS)]
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        results = [time.perf_counter() for _ in process.stdout]
    if process.returncode or len(results) != len(WHEATS):
        raise RuntimeError(f"graders check ended with {process.returncode} after {len(results)} results")
    return results[0] - begun, (results[-1] - results[0]) / (len(results) - 1)


def main() -> None:
    """Print a table, the ratios, and whether the budget is kept."""
    with tempfile.TemporaryDirectory(prefix="graders-benchmark-") as folder:
        ours = make_course(Path(folder, "ours"), (ROOT / "nbgrader_config.py").read_text())
        plain = make_course(Path(folder, "plain"), PLAIN)
        measures = {
            f"graders check, {len(WHEATS)} wheats": lambda: check(ours),
            "nbgrader autograde, plug-ins": lambda: autograde(ours),
            "nbgrader autograde, plain": lambda: autograde(plain),
        }
        rounds = [{name: measure() for name, measure in measures.items()} for _ in range(ROUNDS)]
    best = {name: [min(times) for times in zip(*(r[name] for r in rounds), strict=True)] for name in measures}
    base = next(iter(best.values()))[1]
    print(f"{'wall seconds':32} {'first file':>10} {'each more':>10} {'ratio':>7}")
    for name, (first, more) in best.items():
        print(f"{name:32} {first:10.2f} {more:10.3f} {more / base:7.1f}")
    print(f"budget {BUDGET:g} s for each file more: {'kept' if base <= BUDGET else 'EXCEEDED'}")
    sys.exit(base > BUDGET)


if __name__ == "__main__":
    main()
