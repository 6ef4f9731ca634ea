"""Where the time of grading goes: each stage of a submission, and what one costs in classes of several sizes.

The stages are those of one worker, in this process; what runs in the sandbox is wall time there, the rest CPU
time. Of that wall time, an empty job shows what forking and the sandbox cost. `save` and `publish` are the
coordinator's. Then `graders grade` grades classes of several sizes; the time for each submission and the
memory of all processes must not grow with the class.

Usage: python benchmarks/stages.py [--students 60] [--sizes 10 200 2000]
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from sample_class import ASSIGNMENT, ROOT
from throughput import OURS, course, timed

import graders.lean_imports.nbgrader  # noqa: F401 (comes before nbgrader)
from graders.coordinator import ClassRun, Options
from graders.coordinator.knowledge import Knowledge
from graders.coordinator.reader import Reader
from graders.coordinator.release import bundle_of
from graders.coordinator.submissions import texts_of
from graders.coordinator.tasks import make_pages
from graders.coordinator.writer import Writer
from graders.course import Course
from graders.gradebook import ClassGradebook
from graders.nonce import course_secret, nonces_of
from graders.preload import preload_of
from graders.runner import Job, Runner
from graders.sandbox import SANDBOXED, UNPROTECTED
from graders.worker.worker import Worker

PAGE = os.sysconf("SC_PAGE_SIZE")
EMPTY_JOBS = 50


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
        bundle, nonces = bundle_of(found, assignment, gradebook), nonces_of(course_secret(root), ASSIGNMENT)
        reader = Reader(run.coursedir, assignment, bundle)
        preload = preload_of(assignment, texts_of(map(reader.read, run.students())))
        worker = Worker(Knowledge(root, assignment).given_to(replace(bundle, preload=preload), nonces))
        worker.start()
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


def empty_jobs(preload: Sequence[str]) -> dict[str, float]:
    """Return the mean milliseconds of a job with one empty cell: forked, and what the sandbox adds."""
    job, seconds = Job(("",), (), "nonce", rich=True), {}
    for protection in (UNPROTECTED, SANDBOXED):
        with Runner(ROOT / "source" / ASSIGNMENT, preload=preload, sandbox=protection) as runner:
            runner.run(job)
            begun = time.perf_counter()
            for _ in range(EMPTY_JOBS):
                runner.run(job)
            seconds[protection] = (time.perf_counter() - begun) / EMPTY_JOBS
    plain, sandboxed = seconds[UNPROTECTED], seconds[SANDBOXED]
    return {"fork": 1e3 * plain, "sandbox": 1e3 * (sandboxed - plain)}


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
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 200, 2000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="graders-benchmark-") as name:
        means = stages(Path(name), options.students)
        empty = empty_jobs(["matplotlib.pyplot"])
        print(f"milliseconds of each stage, mean of {options.students} submissions")
        for stage, each in means.items():
            print(f"  {stage:16}{each:8.1f}")
            for part, milliseconds in (empty if stage == "execute" else {}).items():
                print(f"    of it {part:10}{milliseconds:6.1f}")
        engine = sum(each for stage, each in means.items() if stage not in ("execute", "feedback page"))
        print(f"  all but execute and feedback page: {engine:.1f} ms")
        print(f"{'class':>8}{'wall s':>9}{'ms each':>9}{'MiB':>7}")
        for size in options.sizes:
            wall, most = at_size(Path(name), size)
            print(f"{size:8}{wall:9.1f}{1e3 * wall / size:9.0f}{most:7.0f}", flush=True)


if __name__ == "__main__":
    main()
