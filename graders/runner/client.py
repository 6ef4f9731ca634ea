"""The runner: jobs in, results out, whatever the students' code does."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from graders.runner.protocol import Ended
from graders.runner.records import Job, Limits, Result
from graders.runner.state import Attempt, JobState
from graders.runner.zygote_process import ZygoteLost, ZygoteProcess
from graders.sandbox import SANDBOXED, Protection

GRACE_SECONDS = 8.0
"""The keeper ends what is out of time, and what that left behind, within five seconds, or is ended itself."""

BEGIN_SECONDS = 15.0
"""From a request to the first step: some milliseconds, and more on a machine that swaps."""


class Runner:
    """Runs jobs of one assignment, one after another; not to be shared by threads.

    assignment: the folder that holds tinystack/. preload: modules that jobs are likely to import, such as
    "matplotlib.pyplot"; importing them once here saves the time in every job. sandbox: what students' code is
    kept from; without protection, it has all rights of the account that runs it. full_kernel: notebooks are
    to be run in the Jupyter kernel that they name.

    Raises:
        RunnerError: the zygote cannot start, or tinystack cannot be imported. The message names the remedy.
        SandboxError: this machine does not give that protection; the message says what it lacks.
    """

    def __init__(
        self,
        assignment: Path,
        limits: Limits = Limits(),  # noqa: B008
        preload: Sequence[str] = (),
        sandbox: Protection = SANDBOXED,
        full_kernel: bool = False,
    ) -> None:
        self.full_kernel = full_kernel
        self._assignment = Path(assignment).resolve()
        self._limits = limits
        self._preload = tuple(preload)
        self._sandbox = sandbox
        self._zygote: ZygoteProcess | None = None

    def __enter__(self) -> Runner:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def limits(self) -> Limits:
        """What a job may use where `run` is told nothing else."""
        return self._limits

    def start(self) -> None:
        """Start the zygote, if there is none, so that the first job need not wait for it."""
        self._running_zygote()

    def close(self) -> None:
        """End the zygote, if there is one. A later `run` starts another."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def run(self, job: Job, limits: Limits | None = None) -> Result:
        """Run a job to its end, with `limits` instead of the runner's own where given.

        An attempt that breaks off costs the cell or experiment it broke off in; the others are run again.

        Raises:
            RunnerError: attempts end before any of the student's code has run.
        """
        limits = limits or self._limits
        begun, state = time.monotonic(), JobState(job, limits)
        while not state.settled() and (left := limits.job_seconds - (time.monotonic() - begun)) > 0:
            attempt = state.next_attempt()
            request = state.request(attempt, {**asdict(limits), "job_seconds": left})
            state.absorb(attempt, self._attempt(attempt, request, left))
        return state.result(time.monotonic() - begun)

    def _attempt(self, attempt: Attempt, request: dict[str, Any], seconds: float) -> Ended:
        """Make one attempt. A zygote that is lost on the way is ended with all its descendants."""
        zygote, now = self._running_zygote(), time.monotonic()
        try:
            zygote.send(request, now + BEGIN_SECONDS)
            reply = zygote.receive(now + BEGIN_SECONDS)
            while not isinstance(reply, Ended):
                attempt.note(reply)
                reply = zygote.receive(now + seconds + GRACE_SECONDS)
        except ZygoteLost as lost:
            self._drop()
            return Ended("zygote_lost", None, False, f"(the parent of this process was lost: {lost})\n", True)
        except BaseException:  # Ctrl-C: the next job must not read this one's replies
            self._drop()
            raise
        if not reply.all_gone:
            self._drop()
        return reply

    def _running_zygote(self) -> ZygoteProcess:
        if self._zygote is not None and not self._zygote.alive():
            self._drop()
        if self._zygote is None:
            self._zygote = ZygoteProcess(self._assignment, self._preload, self._sandbox)
        return self._zygote

    def _drop(self) -> None:
        if self._zygote is not None:
            self._zygote.kill()
            self._zygote = None
