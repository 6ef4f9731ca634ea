"""A job from its first attempt to its result: what has been observed, and what is still to be run."""

from __future__ import annotations

import signal
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Literal

from graders.runner.inside.events import LOST_STATUS
from graders.runner.outputs import Outputs
from graders.runner.protocol import Begin, Done, Ended, Output, Reply, StepError
from graders.runner.records import CellError, Ending, Job, Key, LethalCell, Limits, Result, RunnerError

OUTPUT_CHARS = 65_536
"""Kept of the output of all attempts together, in characters; the keeper caps that of each."""

MAX_FALSE_STARTS = 3
"""Attempts in a row that may end before any code runs: a leftover of an earlier job can kill a zygote."""

NOT_REACHED = "not run: the job's time was used up before"

OUT_OF_TIME = "not finished when the time of the whole job was used up"

INTERRUPTED = "interrupted: not finished in the time that one cell or experiment may take"

SIGNAL_HINTS = {"SIGKILL": ": killed, or out of memory or CPU time", "SIGSEGV": ": it crashed"}
"""What a signal is likely to mean."""


class Attempt:
    """One attempt's steps, and what the keeper has told of them. Replies that do not fit are ignored.

    steps: in order. outputs: where what they show is kept. counts: their execution counts.
    """

    def __init__(
        self, steps: list[Key], outputs: Outputs | None = None, counts: Mapping[Key, int] | None = None
    ) -> None:
        self.steps = steps
        self._counts = counts or {}
        self.begun = -1
        self.done: dict[int, Done] = {}
        self._outputs = outputs

    def note(self, reply: Reply) -> None:
        """Take one reply: a step begins after the one before it, and ends once."""
        if isinstance(reply, Begin) and reply.step == self.begun + 1 < len(self.steps):
            self.begun = reply.step
            if self._outputs is not None:
                key = self.steps[self.begun]
                self._outputs.begin(key, self._counts.get(key))
        elif isinstance(reply, Done) and 0 <= reply.step == self.begun:
            self.done.setdefault(reply.step, reply)
        elif isinstance(reply, Output) and self._outputs is not None and self.begun >= 0:
            self._outputs.note(reply.event)

    def complete(self) -> bool:
        """Whether every step has ended."""
        return len(self.done) == len(self.steps)


class JobState:
    """What is known of a job after some attempts."""

    def __init__(self, job: Job, limits: Limits = Limits()) -> None:  # noqa: B008
        self._job = job
        self._outputs = Outputs(limits.output_bytes) if job.rich else None
        self._finished = False
        self._false_starts = 0
        self._evidence: dict[str, tuple[str, ...]] = {}
        self._endings: dict[str, Ending] = {}
        self._errors: dict[int, CellError] = {}
        self._lethal: dict[int, LethalCell] = {}
        self._cells_run: set[int] = set()
        self._output = ""

    def settled(self) -> bool:
        """Whether nothing is left to run."""
        if self._finished:
            return True
        cells_matter = self._job.rich or not self._job.experiments
        left = cells_matter and len(self._cells_run) < len(self._job.cells)
        return not left and len(self._job.experiments) == len(self._endings)

    def next_attempt(self) -> Attempt:
        """Return what is still to run: all cells but the lethal ones, the experiments without an ending."""
        steps = [step for step in self._job.steps() if step not in self._lethal and step not in self._endings]
        return Attempt(steps, self._outputs, self._job.execution_counts())

    def request(self, attempt: Attempt, limits: dict[str, Any]) -> dict[str, Any]:
        """Return an attempt as the frame that asks the keeper for it."""
        codes = dict(self._job.experiments)
        cells: list[list[Any]] = []
        experiments: list[list[Any]] = []
        order: list[list[Any]] = []
        counts = self._job.execution_counts()
        for step in attempt.steps:
            if isinstance(step, int):
                order.append([False, len(cells), counts.get(step)])
                cells.append([step, self._job.cells[step]])
            else:
                order.append([True, len(experiments), counts.get(step)])
                experiments.append([step, codes[step]])
        return {
            "cells": cells,
            "experiments": experiments,
            "once": self._job.once or bool(self._job.kernel),
            "order": order,
            "nonce": self._job.nonce,
            "as_module": self._job.as_module,
            "rich": self._job.rich,
            "kernel": self._job.kernel,
            "files": [[path, b64encode(data).decode()] for path, data in self._job.files],
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
        key = attempt.steps[step]
        if isinstance(key, str):
            self._evidence[key] = tuple(done.evidence)
            late = Ending("timed_out", INTERRUPTED)
            self._endings[key] = late if done.interrupted else Ending("finished", _sentence(done.error))
            return
        self._cells_run.add(key)
        if done.interrupted:
            self._lethal[key] = LethalCell(key, "timed_out", INTERRUPTED)
        elif done.error:
            self._errors.setdefault(key, _cell_error(key, done.error))

    def _blame(self, attempt: Attempt, ended: Ended) -> None:
        if self._finished:
            return
        how, text = ending_of(ended)
        key = attempt.steps[attempt.begun]
        if isinstance(key, int):
            self._lethal[key] = LethalCell(key, how, text)
            self._cells_run.add(key)
        else:
            self._endings.setdefault(key, Ending(how, text))

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
            **self._shown(),
        )

    def _shown(self) -> dict[str, Any]:
        if self._outputs is None:
            return {}
        keys, counts = self._outputs.keys(), self._job.execution_counts()
        return {
            "cell_outputs": {key: self._outputs.of(key) for key in keys if isinstance(key, int)},
            "experiment_outputs": {key: self._outputs.of(key) for key in keys if isinstance(key, str)},
            "execution_counts": {key: counts[key] for key in keys if isinstance(key, int) and key in counts},
        }


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
            return "timed_out", OUT_OF_TIME
        case "flooded":
            return "died", "ended, because it flooded the channel to the grader"
        case "zygote_lost":
            return "died", "the process that ran it was lost, together with its parent"
    return "died", _status_text(ended.status)


def _status_text(status: int | None) -> str:
    if status == LOST_STATUS:
        return "its kernel ended before it was done"
    if status is None or status >= 0:
        return f"its process ended before it was done, with exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"its process was ended by {name}" + SIGNAL_HINTS.get(name, "")
