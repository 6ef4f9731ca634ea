"""Handing out tasks: a lost worker costs a retry, and is traced to the task that ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, field
from typing import Any

import pytest

from graders.coordinator.run import MAX_LOSSES, run

LOST = BrokenExecutor("a worker ended")


class FakePool:
    """Does tasks at once; from the loss of a worker to the restart it does nothing, as a real one."""

    def __init__(self, workers: int, deadly: Callable[[str], bool] = lambda name: False) -> None:
        self.workers = workers
        self.given: list[str] = []
        self.restarts = 0
        self._deadly = deadly
        self._broken = False
        self._open: list[Future[Any]] = []

    def give(self, name: str) -> Future[Any]:
        if self._broken:
            raise LOST
        self.given.append(name)
        future: Future[Any] = Future()
        self._open = [*(one for one in self._open if not one.done()), future]
        if self._deadly(name):
            self._broken = True
            for one in self._open:
                one.set_exception(LOST)
        else:
            future.set_result(name)
        return future

    def restart(self) -> None:
        self._broken = False
        self._open = []
        self.restarts += 1


@dataclass
class FakeTask:
    student: str
    steps: int = 1
    trouble: str | None = None
    on_worker: bool = True
    taken: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)

    def hand_out(self, pool: Any) -> Future[Any]:
        return pool.give(self.student)

    def take(self, result: str) -> FakeTask | None:
        self.taken.append(result)
        return self if len(self.taken) < self.steps else None

    def give_up(self, reason: str) -> None:
        self.trouble = reason
        self.given_up.append(reason)


class Watching:
    def __init__(self) -> None:
        self.ended: list[tuple[str, str | None]] = []
        self.most = 0

    def running(self, students: Iterable[str]) -> None:
        self.most = max(self.most, len(list(students)))

    def planned(self, count: int) -> None:
        raise AssertionError("whoever plans says so")

    def done(self, student: str, trouble: str | None = None) -> None:
        self.ended.append((student, trouble))


def tasks(count: int, steps: int = 1) -> list[FakeTask]:
    return [FakeTask(f"student{number}", steps) for number in range(count)]


@pytest.mark.parametrize("steps", [1, 2])
def test_every_step_of_every_task_is_done_once(steps: int) -> None:
    pool, watcher, given = FakePool(2), Watching(), tasks(9, steps)
    run(given, pool, watcher)  # type: ignore[arg-type]
    assert [len(task.taken) for task in given] == [steps] * 9
    assert sorted(watcher.ended) == sorted((task.student, None) for task in given)
    assert pool.restarts == 0 and 0 < watcher.most <= 2


def test_tasks_are_asked_for_when_there_is_room_for_them() -> None:
    """A class of thousands is not read into memory at once."""
    read: list[int] = []
    pool = FakePool(2)

    def lazily() -> Iterable[FakeTask]:
        for number in range(50):
            assert number <= len(pool.given) + 2 * pool.workers + 1
            read.append(number)
            yield FakeTask(f"student{number}")

    run(lazily(), pool, Watching())  # type: ignore[arg-type]
    assert len(read) == len(pool.given) == 50


def test_the_task_that_ends_its_worker_is_found_and_given_up_and_no_other() -> None:
    pool, watcher, given = FakePool(3, lambda name: name == "student4"), Watching(), tasks(12)
    run(given, pool, watcher)  # type: ignore[arg-type]
    assert [task.student for task in given if task.given_up] == ["student4"]
    (reason,) = given[4].given_up
    assert "lost twice" in reason and "memory" in reason
    assert all(task.taken == [task.student] for task in given if task.student != "student4")
    assert ("student4", reason) in watcher.ended and len(watcher.ended) == 12
    alone = pool.given.count("student4") - 1
    assert alone == MAX_LOSSES, "with others it is a suspect; alone it is the one"
    assert pool.restarts == MAX_LOSSES + 1


def test_a_worker_that_is_lost_once_costs_a_retry_and_nothing_else() -> None:
    lost: list[str] = []

    def once(name: str) -> bool:
        if name == "student1" and not lost:
            lost.append(name)
            return True
        return False

    pool, watcher, given = FakePool(2, once), Watching(), tasks(6)
    run(given, pool, watcher)  # type: ignore[arg-type]
    assert all(task.taken == [task.student] and not task.given_up for task in given)
    assert pool.restarts == 1 and pool.given.count("student1") == 2


def test_two_tasks_that_end_their_workers_are_both_found() -> None:
    bad = {"student1", "student2"}
    pool, given = FakePool(2, bad.__contains__), tasks(8)
    run(given, pool, Watching())  # type: ignore[arg-type]
    assert {task.student for task in given if task.given_up} == bad
    assert all(task.taken for task in given if task.student not in bad)


def test_an_error_that_is_no_lost_worker_ends_the_run() -> None:
    class Refuses(FakeTask):
        def take(self, result: str) -> FakeTask | None:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        run([Refuses("student0")], FakePool(1), Watching())  # type: ignore[list-item, arg-type]
