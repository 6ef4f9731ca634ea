"""Runs that are killed, interrupted, or find no room: the next one makes of it what an undisturbed one makes.

Everything of the gradebook, the folders and grades.csv is compared.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.conftest import IN_CI
from tests.end_to_end.commands import Command, Done, Server, children
from tests.end_to_end.comparing import differences, results
from tests.end_to_end.conftest import ASSIGNMENT, CourseFolder

pytestmark = pytest.mark.timeout(600)

STUDENTS = ("badger", "fern", "moth", "sparrow", "willow")
GRADE = ("grade", ASSIGNMENT, "--jobs", "2")
PATIENCE = 60.0
"""Seconds until something that must come has come; the machine may be shared."""

ROOM = 1024 * 1024 * 64
"""Bytes of a disk that has room enough for the class."""


@pytest.fixture
def fresh(new_course: Callable[[], CourseFolder], repository: Path, secret: bytes) -> CourseFolder:
    """A course with a small class that was never graded; its students' numbers are always the same."""
    return class_in(new_course(), repository, secret)


def class_in(course: CourseFolder, repository: Path, secret: bytes) -> CourseFolder:
    for student in STUDENTS:
        shutil.copytree(repository / "examples" / "class" / student, course.root / "submitted" / student)
    (course.root / ".graders").mkdir()
    (course.root / ".graders" / "secret").write_bytes(secret)
    return course


@pytest.fixture(scope="module")
def secret() -> bytes:
    return b"5" * 64


@pytest.fixture(scope="module")
def undisturbed(
    new_course: Callable[[], CourseFolder], repository: Path, secret: bytes, server: Server
) -> tuple[CourseFolder, float]:
    """The class graded in one go, and the seconds that took."""
    course = class_in(new_course(), repository, secret)
    begun = time.monotonic()
    done = server.run(course.root, *GRADE)
    assert done.status == 0, done.printed
    assert server.left() == []
    return course, time.monotonic() - begun


@pytest.fixture
def graded(undisturbed: tuple[CourseFolder, float], tmp_path: Path) -> CourseFolder:
    """A copy of the graded course."""
    shutil.copytree(undisturbed[0].root, tmp_path / "course", symlinks=True)
    return CourseFolder(tmp_path / "course")


def assert_mended(course: CourseFolder, undisturbed: tuple[CourseFolder, float], server: Server) -> None:
    """Run the command again, to its end: all is as if nothing had happened."""
    done = server.run(course.root, *GRADE)
    assert done.status == 0, done.printed
    assert differences(results(course), results(undisturbed[0])) == []
    assert server.left() == []
    assert [str(path) for path in course.root.rglob(".publishing-*")] == []


def until(condition: Callable[[], object], command: Command) -> None:
    """Wait for something that a command does; it must not have ended before."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, command.output.read_text()
        time.sleep(0.005)


def sandboxes(command: Command) -> list[int]:
    """The sandboxes of a command's workers: what a worker has started that has started something."""
    below = [child for worker in command.workers() for child in children(worker)]
    return [child for child in below if children(child)]


@pytest.mark.parametrize("chain", range(3))
def test_killed_at_random_moments(
    fresh: CourseFolder, undisturbed: tuple[CourseFolder, float], server: Server, seed: int, chain: int
) -> None:
    """Two kills, then a run to the end; the first is somewhere in the whole of a run."""
    draw = random.Random(f"{seed} {chain}")
    for share in (1.0, 0.5):
        command = server.start(fresh.root, *GRADE)
        time.sleep(draw.uniform(0.1, share * undisturbed[1]))
        command.kill()
        done = command.wait()
        assert done.status in (-signal.SIGKILL, 0)
        until(lambda: not [one for one in server.left(0) if one.startswith("process")], command)
    assert_mended(fresh, undisturbed, server)


def test_killed_while_everybody_is_graded_again(
    graded: CourseFolder, undisturbed: tuple[CourseFolder, float], server: Server, seed: int
) -> None:
    draw = random.Random(seed)
    for _ in range(2):
        command = server.start(graded.root, *GRADE, "--force")
        until(command.workers, command)
        time.sleep(draw.uniform(0, undisturbed[1] / 2))
        command.kill()
        command.wait()
    assert_mended(graded, undisturbed, server)


def test_a_lost_worker_and_a_lost_sandbox_cost_nothing(
    fresh: CourseFolder, undisturbed: tuple[CourseFolder, float], server: Server, seed: int
) -> None:
    draw = random.Random(seed)
    command = server.start(fresh.root, *GRADE)
    until(lambda: sandboxes(command), command)
    os.kill(draw.choice(sandboxes(command)), signal.SIGKILL)
    time.sleep(draw.uniform(0, undisturbed[1] / 4))
    if workers := command.workers():
        os.kill(draw.choice(workers), signal.SIGKILL)
    done = command.wait()
    assert done.status == 0, done.printed
    assert differences(results(fresh), results(undisturbed[0])) == []
    assert server.left() == []


@pytest.mark.parametrize("chain", range(2))
def test_interrupted_in_the_middle(
    fresh: CourseFolder, undisturbed: tuple[CourseFolder, float], server: Server, chain: int
) -> None:
    """First whatever is run first, such as a release, and then what students' code runs in."""
    command = server.start(fresh.root, *GRADE)
    if chain:
        until(lambda: any(children(worker) for worker in command.workers()), command)
    else:
        until(command.workers, command)
    command.interrupt()
    done = command.wait()
    assert done.status == 130, done.printed
    assert "Interrupted: all that is written is whole. Run the same command again" in done.printed
    assert "Traceback" not in done.printed
    assert server.left() == []
    assert_mended(fresh, undisturbed, server)


@contextmanager
def mounted(*command: str, at: Path) -> Iterator[None]:
    """Mount something; where that is not possible the test is skipped, but fails in CI."""
    done = subprocess.run(["mount", *command, str(at)], capture_output=True, text=True)
    if done.returncode:
        reason = f"a file system cannot be mounted here, which takes root: {done.stderr.strip()}"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def refused(done: Done, *texts: str) -> None:
    """The command has ended with a message that has these texts, and no traceback."""
    said = " ".join(done.printed.split())
    assert done.status == 2 and "Traceback" not in said, done.printed
    for text in texts:
        assert text in said, done.printed


@pytest.mark.parametrize("free", [16, 400, 1200], ids="{} KiB".format)
def test_a_full_disk(
    new_course: Callable[[], CourseFolder],
    repository: Path,
    secret: bytes,
    undisturbed: tuple[CourseFolder, float],
    server: Server,
    tmp_path: Path,
    free: int,
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted("-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", at=disk):
        course = new_course()
        shutil.copytree(course.root, disk / "course")
        small = class_in(CourseFolder(disk / "course"), repository, secret)
        ballast = disk / "ballast"
        with ballast.open("wb") as file:
            room = os.statvfs(disk)
            os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_bsize - free * 1024)
        refused(server.run(small.root, *GRADE), str(small.root), "make room", "run the command again")
        ballast.unlink()
        assert_mended(small, undisturbed, server)


@pytest.mark.parametrize("folder", ["autograded", "feedback", ".graders"])
def test_a_folder_that_is_read_only(
    fresh: CourseFolder, undisturbed: tuple[CourseFolder, float], server: Server, folder: str
) -> None:
    path = fresh.root / folder
    path.mkdir(exist_ok=True)
    with mounted("--bind", str(path), at=path):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(path)], check=True)
        refused(server.run(fresh.root, *GRADE), str(path), "Read-only file system", "run the command again")
    assert_mended(fresh, undisturbed, server)


@pytest.mark.parametrize("lock", ["immediate", "exclusive"])
def test_a_gradebook_that_another_program_has_locked(
    graded: CourseFolder, undisturbed: tuple[CourseFolder, float], server: Server, lock: str
) -> None:
    """immediate: it can be read, and not written; exclusive: neither."""
    (graded.root / ".graders" / "graded" / ASSIGNMENT / "fern.json").unlink()
    with closing(sqlite3.connect(graded.root / "gradebook.db", isolation_level=None)) as other:
        other.execute(f"begin {lock}")
        done = server.run(graded.root, *GRADE, busy_seconds=1.0)
        other.execute("rollback")
    refused(done, str(graded.root / "gradebook.db"), "locked by another program", "run the command again")
    assert_mended(graded, undisturbed, server)


def test_two_runs_at_a_time(
    fresh: CourseFolder, undisturbed: tuple[CourseFolder, float], server: Server
) -> None:
    command = server.start(fresh.root, *GRADE)
    until(command.workers, command)
    os.kill(command.process, signal.SIGSTOP)
    refused(server.run(fresh.root, *GRADE), f"another `graders grade` is at work in {fresh.root}", "wait")
    os.kill(command.process, signal.SIGCONT)
    assert command.wait().status == 0
    assert_mended(fresh, undisturbed, server)
