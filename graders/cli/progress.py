"""The progress of a class: how many are done, how long it will take, and who is being worked on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from graders.printable import print_plainly, printable

MAX_NAMED = 4
"""Students named beside the bar."""

DRAW_SECONDS = 0.1
"""Between two drawings: more of them would be work that nobody can see."""


class ClassProgress:
    """A bar that is updated while a class is graded; where there is no terminal, a line at the end.

    It has no thread of its own, because worker processes are forked while it is shown.
    """

    def __init__(self, console: Console, title: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[who]}", markup=False),
            console=console,
            auto_refresh=False,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(title, total=None, who="")
        self._drawn_at = 0.0
        self._told: set[str] = set()

    def __enter__(self) -> ClassProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        needed = self._bar.total
        self._progress.live.transient = not needed
        self._progress.stop()
        if needed and self._progress.disable:
            took = timedelta(seconds=int(self._bar.elapsed or 0))
            line = f"{self._bar.description} {self._bar.completed:g}/{needed:g} in {took}"
            self._progress.console.print(line, markup=False, highlight=False)

    @property
    def _bar(self) -> Task:
        return self._progress.tasks[0]

    def planned(self, count: int) -> None:
        """So many students need work."""
        self._progress.update(self._task, total=count, refresh=True)

    def running(self, students: Iterable[str]) -> None:
        """These students are being worked on."""
        now = monotonic()
        if now - self._drawn_at < DRAW_SECONDS or self._progress.disable:
            return
        self._drawn_at = now
        named = list(dict.fromkeys(students))
        more = f" and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else ""
        self._progress.update(self._task, who=printable(", ".join(named[:MAX_NAMED])) + more, refresh=True)

    def done(self, student: str, trouble: str | None = None) -> None:
        """A student is done; trouble is printed at once, where it is not one that others had before."""
        self._progress.advance(self._task)
        if trouble and trouble not in self._told:
            self._told.add(trouble)
            print_plainly(self._progress.console, printable(f"{student}: {trouble}"), "red")
