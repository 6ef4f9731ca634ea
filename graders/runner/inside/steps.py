"""Runs cells and experiments in their order, in one shell; says before and after each where it is."""

from __future__ import annotations

import signal
import sys
import types
from collections.abc import Callable, Iterator
from functools import partial

from .channel import Channel
from .errors import CELL_NAME, describe
from .figures import undrawn
from .frames import Frame
from .precompiled import EXPERIMENT_NAME, Program, compiled, kept
from .rich import RichSession
from .shell import StudentShell

MODULE_NAME = "trainer"
"""`__name__` in a plain module: not __main__, so that what a student guards with it is not run."""

Step = Callable[[], BaseException | None]


def run_steps(shell: StudentShell, job: Frame, channel: Channel) -> None:
    """Run every step of a job in order. An error ends its own step alone."""
    if job["kernel"]:
        from .full_kernel import run_in_kernel  # needs what only a kernel needs

        run_in_kernel(job, channel)
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # but for the steps: an interrupt may come late
    if job["as_module"]:
        become_module(shell)
    publisher = shell.publisher  # the one made here, whatever a student puts in its place
    rich = RichSession(shell, job["limits"], channel) if job["rich"] else None
    for number, (step, count) in enumerate(_steps(shell, job, rich)):
        publisher.take()
        if rich:
            rich.begin_step(count)
        channel.begin(number)
        error = _interruptible(step)
        _flush()
        if rich:
            rich.end_step()
        channel.done(number, describe(error) if error else None, publisher.take())
    channel.finished()


def _steps(shell: StudentShell, job: Frame, rich: RichSession | None) -> Iterator[tuple[Step, int | None]]:
    """Yield the steps in the order of the request, and the execution count of each."""
    for is_experiment, position, count in job["order"]:
        key, code = job["experiments" if is_experiment else "cells"][position]
        if is_experiment:
            program = compiled(key, code) if job["once"] else kept(code)
            yield partial(run_experiment, shell, key, program, rich), count
        else:
            yield partial(run_cell, shell, CELL_NAME.format(key), code, rich), count


def _interruptible(step: Step) -> BaseException | None:
    """Run a step, which an interrupt ends; return its error."""
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        error = step()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt as interrupt:  # it came between the student's last line and ours
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return interrupt
    return error


def become_module(shell: StudentShell) -> None:
    """Make the shell's namespace that of an importable module, so that its classes can be pickled."""
    module = shell.user_module
    module.__name__ = MODULE_NAME
    sys.modules[MODULE_NAME] = module
    sys.modules["__main__"] = types.ModuleType("__main__")


def run_cell(
    shell: StudentShell, name: str, code: str, rich: RichSession | None = None
) -> BaseException | None:
    """Run code as one cell of a notebook, and return the error that ended it."""
    shell.compiler.name = name
    try:
        result = rich.run_cell(code) if rich else shell.execute(code, store_history=True)
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        return error
    except BaseException as caught:  # whatever a student made of the shell
        return caught


def run_experiment(
    shell: StudentShell, name: str, program: Program, rich: RichSession | None = None
) -> BaseException | None:
    """Run an experiment in the cells' namespace, and return the error that ended it.

    Plain Python does not go through the shell: that is faster, and no matter what a student made of it.
    """
    if isinstance(program, str):
        return run_cell(shell, EXPERIMENT_NAME.format(name), program, rich)
    try:
        with undrawn(shell):
            exec(program, shell.user_ns)
    except BaseException as caught:  # SystemExit and KeyboardInterrupt end the experiment, and nothing else
        if rich:
            rich.show_error(caught)
        return caught
    return None


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # a student's own stream, or a closed one: its output is lost, and nothing else
            continue
