"""Where the time of grading goes: each stage of a submission, and what one costs in classes of several sizes.

The stages are those of one worker, in this process; what runs in the sandbox is wall time there, the rest CPU
time. `save` and `publish` are the coordinator's. Then `graders grade` grades classes of several sizes; the
time for each submission and the memory of all processes must not grow with the class.

Usage: python benchmarks/stages.py [--students 60] [--sizes 10 200 1000]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from sample_class import ASSIGNMENT
from throughput import OURS, course, timed

import graders.lean_imports  # noqa: F401 (comes before nbgrader)
from graders.coordinator import ClassRun, Options
from graders.coordinator.reader import Reader
from graders.coordinator.release import bundle_of
from graders.coordinator.tasks import make_pages
from graders.coordinator.writer import Writer
from graders.course import Course
from graders.gradebook import ClassGradebook
from graders.worker.worker import Worker

PAGE = os.sysconf("SC_PAGE_SIZE")


def stages(folder: Path, students: int) -> dict[str, float]:
    """Grade a class in this process; return the mean milliseconds of each stage."""
    root = course(folder, f"stages{students}", OURS, students)
    timed(root, ["graders", "release", ASSIGNMENT])
    found = Course(root)
    assignment = found.assignment(ASSIGNMENT)
    run = ClassRun(found, assignment, Options())
    total: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        begun = time.process_time()
        yield
        total[name] += time.process_time() - begun

    with ClassGradebook(run.coursedir, ASSIGNMENT) as gradebook:
        bundle = bundle_of(found, assignment, gradebook)
        reader, worker = Reader(run.coursedir, assignment, bundle), Worker(bundle)
        writer = Writer(run.coursedir, assignment, bundle, gradebook)
        for student in run.students():
            with stage("read from disk"):
                submitted = reader.read(student)
            graded = worker.grade(submitted, reader.nonce_of(student))
            for name, seconds in graded.stages.items():
                total[name] += seconds
            with stage("publish"):
                left_out = writer.publish(graded).result()
            with stage("save"):
                writer.save("", graded, left_out)
            with stage("feedback page"):
                make_pages(graded.notebooks, writer.feedback_grades(student), False)
        worker.close()
        writer.close()
    return {name: 1e3 * seconds / students for name, seconds in total.items()}


def memory_of_descendants() -> int:
    """Return the resident bytes of all processes below this one."""
    parents, sizes = {}, {}
    for name in os.listdir("/proc"):
        try:
            fields = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
            parents[int(name)], sizes[int(name)] = int(fields[1]), int(fields[21]) * PAGE
        except (OSError, ValueError, IndexError):  # no process, or one that has ended
            continue
    below, total = {os.getpid()}, 0
    for pid in sorted(parents):
        if parents[pid] in below:
            below.add(pid)
            total += sizes[pid]
    return total


def at_size(folder: Path, students: int) -> tuple[float, float]:
    """Grade a class of a size with `graders grade`; return wall seconds and the most memory, in MiB."""
    root = course(folder, f"size{students}", OURS, students)
    timed(root, ["graders", "release", ASSIGNMENT])
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            most[0] = max(most[0], memory_of_descendants())

    watcher = threading.Thread(target=watch)
    watcher.start()
    wall, _ = timed(root, ["graders", "grade", ASSIGNMENT, "--no-feedback"])
    over.set()
    watcher.join()
    shutil.rmtree(root)
    return wall, most[0] / 2**20


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="Where the time of grading goes.")
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 200, 1000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="graders-benchmark-") as name:
        means = stages(Path(name), options.students)
        print(f"milliseconds of each stage, mean of {options.students} submissions")
        for stage, each in means.items():
            print(f"  {stage:16}{each:8.1f}")
        engine = sum(each for stage, each in means.items() if stage not in ("execute", "feedback page"))
        print(f"  all but execute and feedback page: {engine:.1f} ms")
        print(f"{'class':>8}{'wall s':>9}{'ms each':>9}{'MiB':>7}")
        for size in options.sizes:
            wall, most = at_size(Path(name), size)
            print(f"{size:8}{wall:9.1f}{1e3 * wall / size:9.0f}{most:7.0f}", flush=True)


if __name__ == "__main__":
    main()
