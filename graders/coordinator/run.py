"""A class's run: plan, hand out, write. One writer, one student at a time, and nothing half done is left."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field
from typing import Any, Protocol

from graders.coordinator.pool import Pool

MAX_LOSSES = 2
"""How often the worker of one student may be lost before the student is left to a human."""

BEING_WRITTEN = 4
"""Students whose results may be with the writer while others wait before the workers."""

LOOK_SECONDS = 0.25
"""Between two looks at who is running, where nothing else happens."""


class Task(Protocol):
    """Work for one student, in one step or several, each done by a worker and finished by the writer."""

    @property
    def student(self) -> str:
        """Whose work it is."""

    @property
    def on_worker(self) -> bool:
        """Whether the next step is done by a worker, which can be lost, or by the coordinator itself."""

    def hand_out(self, pool: Pool) -> Future[Any]:
        """Have the next step begun."""

    def take(self, result: Any) -> Task | None:
        """Write what a worker has done; return what has to be done next."""

    def give_up(self, reason: str) -> Task | None:
        """Write that no worker could do it."""

    @property
    def trouble(self) -> str | None:
        """Why there are no points, if so."""


class Watcher(Protocol):
    """Is told how the run goes."""

    def running(self, students: Iterable[str]) -> None:
        """These students are being worked on."""

    def planned(self, count: int) -> None:
        """So many students need work."""

    def done(self, student: str, trouble: str | None = None) -> None:
        """All steps of a student are done; trouble: why there are no points, if so."""


@dataclass
class Suspicion:
    """Tasks that were with workers when one of those was lost. They go on alone, one after another."""

    tasks: deque[Task] = field(default_factory=deque)
    losses: dict[str, int] = field(default_factory=dict)


def run(tasks: Iterable[Task], pool: Pool, watcher: Watcher) -> None:
    """Do all tasks, as many at a time as the pool has workers, and some more waiting before it.

    Where a worker is lost, those that it may have been lost on are done again, each alone: so the one that
    ends its worker is known. An interrupt (Ctrl-C) leaves every student either done or not begun.
    """
    waiting, follow_ups = iter(tasks), deque[Task]()
    suspicion = Suspicion()
    pending: dict[Future[Any], Task] = {}
    while True:
        _fill(pending, waiting, follow_ups, suspicion, pool)
        if not pending:
            return
        watcher.running(task.student for task in list(pending.values())[: pool.workers])
        for future in wait(pending, LOOK_SECONDS, FIRST_COMPLETED).done:
            if future not in pending:
                continue  # given out again, as another future of the same round was of a lost worker
            task = pending.pop(future)
            try:
                result = future.result()
            except BrokenExecutor:
                lost = {future: task for future, task in pending.items() if task.on_worker}
                _after_loss([task, *lost.values()], suspicion, follow_ups, watcher)
                pending = {future: task for future, task in pending.items() if future not in lost}
                pool.restart()
                continue
            _go_on(task.take(result), task, follow_ups, watcher)


def _fill(
    pending: dict[Future[Any], Task],
    waiting: Iterable[Task],
    follow_ups: deque[Task],
    suspicion: Suspicion,
    pool: Pool,
) -> None:
    """Hand out as much as may be with the pool at a time; a suspect is there alone."""
    if suspicion.tasks:
        if not pending:
            _hand_out(suspicion.tasks.popleft(), pending, pool)
        return
    while len(pending) < 2 * pool.workers + BEING_WRITTEN:
        task = follow_ups.popleft() if follow_ups else next(iter(waiting), None)
        if task is None:
            return
        _hand_out(task, pending, pool)


def _hand_out(task: Task, pending: dict[Future[Any], Task], pool: Pool) -> None:
    try:
        future = task.hand_out(pool)
    except BrokenExecutor as lost:  # a worker that was lost while it had nothing to do
        future = Future()
        future.set_exception(lost)
    pending[future] = task


def _after_loss(
    suspects: list[Task], suspicion: Suspicion, follow_ups: deque[Task], watcher: Watcher
) -> None:
    alone = len(suspects) == 1
    for task in suspects:
        if alone:
            suspicion.losses[task.student] = suspicion.losses.get(task.student, 0) + 1
        if suspicion.losses.get(task.student, 0) >= MAX_LOSSES:
            reason = "the process that worked on it was lost twice: out of memory, or ended from outside"
            _go_on(task.give_up(reason), task, follow_ups, watcher)
        else:
            suspicion.tasks.append(task)


def _go_on(following: Task | None, task: Task, follow_ups: deque[Task], watcher: Watcher) -> None:
    if following is None:
        watcher.done(task.student, task.trouble)
    else:
        follow_ups.append(following)
