"""Worker processes of this machine: one that is lost is noticed, and none outlives its pool."""

from __future__ import annotations

import os
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from pathlib import Path

import nbformat
import pytest

from graders.assignment import Assignment
from graders.bundle import Bundle, Submitted
from graders.coordinator.pool import LocalPool
from graders.runner.nursery import Nursery
from tests.end_to_end.commands import children

NONCE = "5" * 32
PATIENCE = 60.0
LARGE = 1 << 27
"""Bytes of a result that takes a while to be sent."""


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def resident(process: int) -> int:
    """Bytes of memory that a process uses."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.fixture
def pool(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalPool]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = LocalPool(bundle, 1)
    yield made
    made.close()


def hanging(lesson: Assignment) -> Submitted:
    notebook = nbformat.from_dict(lesson.notebook)
    notebook.cells = [nbformat.v4.new_code_cell("while True:\n    pass"), *notebook.cells]
    return Submitted(lesson.name, "fern", {lesson.name: nbformat.writes(notebook).encode()})


def test_a_worker_that_is_killed_while_it_works_is_noticed_and_others_take_its_place(pool: LocalPool) -> None:
    lost = pool.call(time.sleep, PATIENCE)
    (worker,) = pool._pool._processes
    until(lost.running)
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(BrokenExecutor):
        lost.result(PATIENCE)
    pool.restart()
    assert pool.call(os.getpid).result(PATIENCE) not in (worker, os.getpid())


def half_a_result() -> None:
    """Send the beginning of a result, as a worker does that is killed while it sends one."""
    frame = sys._getframe()
    while "result_queue" not in frame.f_locals:
        assert frame.f_back is not None
        frame = frame.f_back
    os.write(frame.f_locals["result_queue"]._writer.fileno(), struct.pack("!i", LARGE) + b"half")
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_is_killed_in_the_middle_of_its_result_is_noticed_while_others_live(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pool = LocalPool(bundle, 2)
    try:
        with pytest.raises(BrokenExecutor):
            pool.call(half_a_result).result(PATIENCE)
        pool.restart()
        assert pool.call(os.getpid).result(PATIENCE) != os.getpid()
    finally:
        pool.close()


def below(process: int) -> list[int]:
    """The ids of all processes that a process and those below it have started."""
    return [found for child in children(process) for found in (child, *below(child))]


def test_all_workers_get_ready_at_once_with_zygotes_of_one_nursery(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pool = LocalPool(bundle, 2, start=True)
    try:
        assert pool._nursery is not None
        nursery = pool._nursery._process.pid
        until(lambda: any(len(children(process)) == 2 for process in below(nursery)))
        assert not any(map(children, pool._pool._processes))
        everyone = [*pool._pool._processes, nursery, *below(nursery)]
    finally:
        pool.close()
    until(lambda: not any(map(alive, everyone)))
    assert list(tmp_path.iterdir()) == []


def test_a_pool_takes_zygotes_of_the_nursery_that_is_offered_and_leaves_it_running(
    bundle: Bundle, lesson: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    nursery = Nursery(lesson.folder)
    nursery.offer()
    pool = LocalPool(bundle, 2, start=True)
    try:
        assert pool._nursery is None
        until(lambda: any(len(children(process)) == 2 for process in below(nursery._process.pid)))
        pool.close()
        until(lambda: not any(len(children(process)) == 2 for process in below(nursery._process.pid)))
        assert nursery.alive()
    finally:
        pool.close()
        nursery.close()


def test_workers_that_run_nothing_start_nothing(pool: LocalPool) -> None:
    worker = pool.call(os.getpid).result(PATIENCE)
    assert not children(worker)


def test_close_ends_a_worker_in_the_middle_of_its_result(bundle: Bundle) -> None:
    for _ in range(3):
        pool = LocalPool(bundle, 1)
        pool.call(bytes, LARGE)
        until(lambda pool=pool: resident(*pool._pool._processes) > LARGE)  # type: ignore[misc]
        pool.close()


def test_close_ends_workers_and_students_processes_at_once_and_removes_files(
    bundle: Bundle, lesson: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pool = LocalPool(bundle, 1)
    pool.grade(hanging(lesson), NONCE)
    (worker,) = pool._pool._processes
    until(lambda: any(children(child) for child in children(worker)))
    below = children(worker)
    students = [process for child in below for process in children(child)]
    pool.close()
    until(lambda: not any(map(alive, [worker, *below, *students])))
    assert list(tmp_path.iterdir()) == []


def test_workers_leave_an_interrupt_to_the_coordinator(pool: LocalPool) -> None:
    worker = pool.call(os.getpid).result(PATIENCE)
    os.kill(worker, signal.SIGINT)
    assert pool.call(os.getpid).result(PATIENCE) == worker


def test_an_interrupt_while_workers_are_forked_comes_afterwards_and_is_not_lost(
    pool: LocalPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch, launched = ProcessPoolExecutor._launch_processes, []  # type: ignore[attr-defined]

    def interrupted(executor: ProcessPoolExecutor) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        launch(executor)
        launched.append(executor)

    monkeypatch.setattr(ProcessPoolExecutor, "_launch_processes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pool.call(os.getpid)
    assert launched
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert pool.call(os.getpid).result(PATIENCE) != os.getpid()


def test_an_error_of_the_function_is_that_of_the_future_and_loses_no_worker(pool: LocalPool) -> None:
    worker = pool.call(os.getpid).result(PATIENCE)
    with pytest.raises(ZeroDivisionError):
        pool.call(divmod, 1, 0).result(PATIENCE)
    assert pool.call(os.getpid).result(PATIENCE) == worker
