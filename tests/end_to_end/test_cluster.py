"""A class graded on a Dask cluster of this machine: the same gradebook, whatever happens to a worker."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.commands import REPOSITORY, Server, children
from tests.end_to_end.comparing import differences, results
from tests.end_to_end.conftest import ASSIGNMENT, CourseFolder, own_environment

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

pytestmark = pytest.mark.timeout(600)

STUDENTS = ("badger", "fern", "moth", "sparrow")
GRADE = ("grade", ASSIGNMENT, "--no-feedback")
LOOPBACK = "0100007F"
"""127.0.0.1, as Linux lists it."""

PATIENCE = 120.0
"""Seconds until a part of the cluster says that it is there; the machine may be shared."""


class Part:
    """A scheduler or worker of a cluster, which begins in a folder of its own, far from any course."""

    def __init__(self, folder: Path, *command: str) -> None:
        folder.mkdir()
        self.log = folder.with_name(f"{folder.name}.log")
        environment = own_environment() | {"PYTHONPATH": str(REPOSITORY), "TMPDIR": str(folder)}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def until(self, said: str) -> str:
        """Wait until it logs something, and return the line."""
        deadline = time.monotonic() + PATIENCE
        while not (lines := [line for line in self.log.read_text().splitlines() if said in line]):
            assert time.monotonic() < deadline and self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        return lines[0]

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it, and wait for that."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(PATIENCE)


@dataclass(frozen=True)
class Cluster:
    """A scheduler with workers."""

    address: str
    workers: list[Part]


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    here = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
    parts = [Part(folder / "scheduler", "distributed.cli.dask_scheduler", *here, "--port", "0")]
    try:
        address = parts[0].until("Scheduler at:").split()[-1]
        for number in range(workers):
            own = folder / f"worker {number}"
            more = ("--no-nanny", "--nthreads", "2", "--local-directory", str(own))
            parts.append(Part(own, "distributed.cli.dask_worker", address, *here, *more))
        for worker in parts[1:]:
            worker.until("Registered to:")
        yield Cluster(address, parts[1:])
    finally:
        for part in reversed(parts):
            part.end()


def listening() -> set[str]:
    """The addresses at which Dask's processes of this test listen for others."""
    inodes = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                inodes[f"socket:[{fields[9]}]"] = fields[1].partition(":")[0]
    ours = set()
    for path in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if b"distributed.cli" in (path.parents[1] / "cmdline").read_bytes():
                ours.add(os.readlink(path))
        except OSError:
            continue
    return {address for inode, address in inodes.items() if inode in ours}


@pytest.fixture
def course(new_course: Callable[[], CourseFolder], repository: Path) -> CourseFolder:
    return class_in(new_course(), repository)


def class_in(course: CourseFolder, repository: Path) -> CourseFolder:
    for student in STUDENTS:
        shutil.copytree(repository / "examples" / "class" / student, course.root / "submitted" / student)
    (course.root / ".graders").mkdir()
    (course.root / ".graders" / "secret").write_bytes(b"5" * 64)
    return course


@pytest.fixture(scope="module")
def here(new_course: Callable[[], CourseFolder], repository: Path, server: Server) -> CourseFolder:
    """The class graded without a cluster."""
    made = class_in(new_course(), repository)
    done = server.run(made.root, *GRADE)
    assert done.status == 0, done.printed
    return made


def test_two_workers_elsewhere_make_the_same_gradebook(
    course: CourseFolder, here: CourseFolder, server: Server, tmp_path: Path
) -> None:
    with cluster(tmp_path, workers=2) as found:
        assert listening() == {LOOPBACK}
        done = server.run(course.root, *GRADE, "--scheduler", found.address)
        assert done.status == 0, done.printed
        assert differences(results(course), results(here)) == []
        again = server.run(course.root, *GRADE, "--scheduler", found.address, "--rejudge")
        assert again.status == 0, again.printed
        assert differences(results(course), results(here)) == []
    assert server.left() == []


def test_a_worker_that_dies_costs_a_retry_and_no_grade(
    course: CourseFolder, here: CourseFolder, server: Server, tmp_path: Path
) -> None:
    with cluster(tmp_path, workers=2) as found:
        command = server.start(course.root, *GRADE, "--scheduler", found.address)
        deadline = time.monotonic() + PATIENCE
        while not (busy := [one for one in found.workers if children(one.process.pid)]):
            assert time.monotonic() < deadline, command.output.read_text()
            time.sleep(0.01)
        busy[0].end(signal.SIGKILL)
        done = command.wait()
        assert done.status == 0, done.printed
        assert differences(results(course), results(here)) == []


def refused(server: Server, course: CourseFolder, address: str) -> str:
    done = server.run(course.root, *GRADE, "--scheduler", address)
    assert done.status == 2 and "Traceback" not in done.printed, done.printed
    assert not (course.root / "autograded").exists()
    return " ".join(done.printed.split())


def test_a_cluster_without_workers_is_refused(course: CourseFolder, server: Server, tmp_path: Path) -> None:
    with cluster(tmp_path, workers=0) as found:
        said = refused(server, course, found.address)
    assert f"the scheduler at {found.address} has no workers: start some with `dask worker" in said


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://127.0.0.1:9", "127.0.0.1:no"])
def test_an_address_at_which_nobody_answers_is_refused(
    course: CourseFolder, server: Server, address: str
) -> None:
    said = refused(server, course, address)
    assert f"no Dask scheduler answers at {address}" in said and "`dask scheduler`" in said
