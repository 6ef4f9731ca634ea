"""A job from its first attempt to its result: what has been observed, and what is still to be run."""

from __future__ import annotations

import signal
from typing import Any, Literal

from graders.runner.protocol import Begin, Done, Ended, Reply, StepError
from graders.runner.records import CellError, Ending, Job, LethalCell, Result, RunnerError

OUTPUT_CHARS = 65_536
"""Kept of the output of all attempts together, in characters; the zygote caps that of each."""

MAX_FALSE_STARTS = 3
"""Attempts in a row that may end before any code runs: a leftover of an earlier job can kill a zygote."""

NOT_REACHED = "not run: the job's time was used up before"


SIGNAL_HINTS = {"SIGKILL": ": killed, or out of memory or CPU time", "SIGSEGV": ": it crashed"}
"""What a signal is likely to mean."""


class Attempt:
    """One attempt's steps, and what the zygote has told of them. Replies that do not fit are ignored."""

    def __init__(self, cells: list[int], experiments: list[str]) -> None:
        self.cells = cells
        self.experiments = experiments
        self.begun = -1
        self.done: dict[int, Done] = {}

    def note(self, reply: Reply) -> None:
        """Take one reply: a step begins after the one before it, and ends once."""
        if isinstance(reply, Begin) and reply.step == self.begun + 1 < self._count():
            self.begun = reply.step
        elif isinstance(reply, Done) and 0 <= reply.step == self.begun:
            self.done.setdefault(reply.step, reply)

    def complete(self) -> bool:
        """Whether every step has ended."""
        return len(self.done) == self._count()

    def _count(self) -> int:
        return len(self.cells) + len(self.experiments)

    def cell(self, step: int) -> int | None:
        """Return the index of the cell that a step runs; None if it runs an experiment."""
        return self.cells[step] if step < len(self.cells) else None

    def experiment(self, step: int) -> str:
        """Return the name of the experiment that a step runs."""
        return self.experiments[step - len(self.cells)]


class JobState:
    """What is known of a job after some attempts."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._finished = False
        self._false_starts = 0
        self._evidence: dict[str, tuple[str, ...]] = {}
        self._endings: dict[str, Ending] = {}
        self._errors: dict[int, CellError] = {}
        self._lethal: dict[int, LethalCell] = {}
        self._output = ""

    def settled(self) -> bool:
        """Whether nothing is left to run."""
        return self._finished or 0 < len(self._job.experiments) == len(self._endings)

    def next_attempt(self) -> Attempt:
        """Return what is still to run: all cells but the lethal ones, the experiments without an ending."""
        cells = [index for index in range(len(self._job.cells)) if index not in self._lethal]
        return Attempt(cells, [name for name, _ in self._job.experiments if name not in self._endings])

    def request(self, attempt: Attempt, limits: dict[str, Any]) -> dict[str, Any]:
        """Return an attempt as the frame that asks the zygote for it."""
        experiments = [list(pair) for pair in self._job.experiments if pair[0] in attempt.experiments]
        return {
            "cells": [[index, self._job.cells[index]] for index in attempt.cells],
            "experiments": experiments,
            "nonce": self._job.nonce,
            "as_module": self._job.as_module,
            "limits": limits,
        }

    def absorb(self, attempt: Attempt, ended: Ended) -> None:
        """Take what an attempt has shown, and blame the step that it broke off in.

        Raises:
            RunnerError: too many attempts in a row have ended before their first step.
        """
        self._output = (self._output + ended.output)[-OUTPUT_CHARS:]
        for step, done in attempt.done.items():
            self._absorb_step(attempt, step, done)
        self._finished = ended.finished and attempt.complete()
        if attempt.begun >= 0:
            self._false_starts = 0
            self._blame(attempt, ended)
        elif not self._finished:
            self._note_false_start(ended)

    def _note_false_start(self, ended: Ended) -> None:
        self._false_starts += 1
        if self._false_starts >= MAX_FALSE_STARTS:
            seen = f"{ended.how}, status {ended.status}, output:\n{ended.output}"
            raise RunnerError(f"{MAX_FALSE_STARTS} processes in a row ended before any code had run: {seen}")

    def _absorb_step(self, attempt: Attempt, step: int, done: Done) -> None:
        index = attempt.cell(step)
        if index is None:
            name = attempt.experiment(step)
            self._evidence[name] = tuple(done.evidence)
            self._endings[name] = Ending("finished", _sentence(done.error))
        elif done.error:
            self._errors.setdefault(index, _cell_error(index, done.error))

    def _blame(self, attempt: Attempt, ended: Ended) -> None:
        if self._finished:
            return
        how, text = ending_of(ended)
        index = attempt.cell(attempt.begun)
        if index is not None:
            self._lethal[index] = LethalCell(index, how, text)
        else:
            self._endings.setdefault(attempt.experiment(attempt.begun), Ending(how, text))

    def result(self, seconds: float) -> Result:
        """Return what the job has come to; experiments without an ending were not reached.

        Raises:
            RunnerError: the last attempt did not even begin.
        """
        if self._false_starts:
            raise RunnerError("the job's time was used up before any of the code had run")
        names = [name for name, _ in self._job.experiments]
        return Result(
            evidence={name: self._evidence.get(name, ()) for name in names},
            endings={name: self._endings.get(name, Ending("not_reached", NOT_REACHED)) for name in names},
            cell_errors=tuple(self._errors[index] for index in sorted(self._errors)),
            lethal_cells=tuple(self._lethal[index] for index in sorted(self._lethal)),
            output=self._output,
            seconds=seconds,
        )


def _cell_error(index: int, error: StepError) -> CellError:
    return CellError(index, error.type, error.message, error.line, error.function, error.cell)


def _sentence(error: StepError | None) -> str:
    return f"{error.type}: {error.message}" if error else ""


def ending_of(ended: Ended) -> tuple[Literal["died", "timed_out"], str]:
    """Return how an attempt broke off, and a sentence about it."""
    match ended.how:
        case "timed_out":
            return "timed_out", "not finished in the time that one cell or experiment may take"
        case "out_of_time":
            return "timed_out", "not finished when the time of the whole job was used up"
        case "flooded":
            return "died", "ended, because it flooded the channel to the grader"
        case "zygote_lost":
            return "died", "the process that ran it was lost, together with its parent"
    return "died", _status_text(ended.status)


def _status_text(status: int | None) -> str:
    if status is None or status >= 0:
        return f"its process ended before it was done, with exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"its process was ended by {name}" + SIGNAL_HINTS.get(name, "")
