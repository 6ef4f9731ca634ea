"""Submissions per second: `graders grade` with its sandbox beside `nbgrader autograde` with its own Execute.

Both grade the same class (benchmarks/sample_class.py) with the same judge, start-up included: nbgrader the
first students of it, `graders grade` the whole. The assignment was released before; how long that took is
printed, as `graders release` finds out there what the known bugs leave. nbgrader's way is this course's
configuration with nbgrader's own Execute, which gets the student's nonce by a variable of the environment.
The scores of both are compared. Beside it, plain nbgrader without any of our plug-ins, whose scores are
others, as only visible tests count.

Usage: python benchmarks/throughput.py [--students 200] [--sample 40] [--jobs 2]
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from sample_class import ASSIGNMENT, ROOT, make_class

from graders.nonce import SECRET_FILE

WANTED = 40.0
"""The least ratio of submissions per second, with a judge on both sides."""

NAME = """
c.CourseDirectory.course_id = "benchmark"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}
"""

OURS = (
    f"c = get_config()\n{NAME}\nfrom graders.nbgrader_plugins.configuration import configure\nconfigure(c)\n"
)

STOCK = f"""{OURS}
import os
from nbgrader.preprocessors import Execute
from graders.nbgrader_plugins.course import course_directory, nonce_of
from graders.nbgrader_plugins.execute import ExecuteSubmission


class StockExecute(Execute):
    def preprocess(self, nb, resources, retries=None):
        names = resources["nbgrader"]
        names = names["assignment"], names["student"]
        os.environ["TINYSTACK_NONCE"] = nonce_of(course_directory(self), *names)
        return super().preprocess(nb, resources)


steps = list(c.Autograde.autograde_preprocessors)
steps[steps.index(ExecuteSubmission)] = StockExecute
c.Autograde.autograde_preprocessors = steps
"""

PLAIN = f"c = get_config()\n{NAME}"


@dataclass(frozen=True)
class Measured:
    """What grading a number of students took. cpu: seconds of all processes."""

    students: int
    wall: float
    cpu: float
    scores: dict[str, float]

    @property
    def rate(self) -> float:
        """Submissions per second."""
        return self.students / self.wall


def course(folder: Path, name: str, config: str, students: int) -> Path:
    """Make a course with the first students of the class, whose assignment has been released."""
    root = folder / name
    shutil.copytree(ROOT / "source", root / "source", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "nbgrader_config.py").write_text(config, "utf-8")
    if (folder / "secret").is_file():  # the same numbers for all
        (root / SECRET_FILE).parent.mkdir()
        shutil.copy(folder / "secret", root / SECRET_FILE)
    make_class(root / "submitted", students)
    return root


def timed(root: Path, command: list[str]) -> tuple[float, float]:
    """Run a command in a course; return wall seconds and the CPU seconds of all its processes."""
    scripts = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": scripts, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=root, env=environment, capture_output=True, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):  # 1: some submissions cannot be graded by plain nbgrader
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return time.monotonic() - begun, cpu


def measure(root: Path, command: list[str], students: int) -> Measured:
    """Run a command that grades a class, and read the scores that it leaves."""
    wall, cpu = timed(root, command)
    timed(root, ["nbgrader", "export", "--to", "scores.csv", "--log-level=ERROR"])
    with (root / "scores.csv").open(newline="") as file:
        scores = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(file)}
    return Measured(students, wall, cpu, scores)


def main() -> int:
    """Print a table, the ratios, and whether scores are the same; return 1 if they are not."""
    parser = argparse.ArgumentParser(description="Throughput of graders grade beside nbgrader autograde.")
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="graders-benchmark-") as name:
        folder = Path(name)
        ours = course(folder, "ours", OURS, options.students)
        released, _ = timed(ours, ["graders", "release", ASSIGNMENT])
        shutil.copy(ours / SECRET_FILE, folder / "secret")
        command = ["graders", "grade", ASSIGNMENT, "--jobs", str(options.jobs), "--no-feedback"]
        fast = measure(ours, command, options.students)
        shutil.rmtree(ours / ".graders" / "graded")
        complete = measure(ours, [*command[:-1], "--force", "--yes"], options.students)
        results = {"graders grade, no feedback pages": fast, "graders grade, with feedback pages": complete}
        for title, config in (("nbgrader autograde, our judge", STOCK), ("nbgrader autograde, plain", PLAIN)):
            root = course(folder, title.split(", ")[1].replace(" ", "_"), config, options.sample)
            timed(root, ["nbgrader", "generate_assignment", ASSIGNMENT, "--log-level=ERROR"])
            autograde = ["nbgrader", "autograde", ASSIGNMENT, "--log-level=ERROR"]
            results[title] = measure(root, autograde, options.sample)
        print(f"graders release, once for a course: {released:.1f} s, with the known bugs' evidence")
        return report(results)


def report(results: dict[str, Measured]) -> int:
    """Print the results; return the exit code."""
    print(f"{'':38}{'students':>9}{'wall s':>9}{'CPU s':>9}{'per second':>12}{'CPU ms each':>13}")
    for title, one in results.items():
        each = 1e3 * one.cpu / one.students
        print(f"{title:38}{one.students:9}{one.wall:9.1f}{one.cpu:9.1f}{one.rate:12.2f}{each:13.0f}")
    fast, complete, stock, plain = results.values()
    shared = stock.scores.keys() & fast.scores.keys()
    other = sorted(name for name in shared if abs(stock.scores[name] - fast.scores[name]) > 1e-9)
    print("CPU of a sandbox's processes is not in these figures: it ends them, and waits for none")
    print(f"same scores: {len(shared) - len(other)} of {len(shared)}", *other)
    print(f"beside plain nbgrader, without our judge: {fast.rate / plain.rate:.1f}")
    print(f"with feedback pages, which nbgrader autograde does not make: {complete.rate / stock.rate:.1f}")
    print(f"throughput ratio: {fast.rate / stock.rate:.1f} (at least {WANTED:g} wanted)")
    return 1 if other else 0


if __name__ == "__main__":
    sys.exit(main())
