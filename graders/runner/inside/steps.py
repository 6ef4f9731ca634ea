"""Runs the student's cells, then the experiments, in one shell; says before and after each where it is."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from functools import partial

from .channel import Channel
from .errors import CELL_NAME, describe
from .frames import Frame
from .precompiled import EXPERIMENT_NAME, compiled
from .shell import StudentShell

MODULE_NAME = "trainer"
"""`__name__` in a plain module: not __main__, so that what a student guards with it is not run."""

Step = Callable[[], BaseException | None]


def run_steps(shell: StudentShell, job: Frame, channel: Channel) -> None:
    """Run every step of a job in order. An error ends its own step alone."""
    if job["as_module"]:
        become_module(shell)
    publisher = shell.publisher  # the one made here, whatever a student puts in its place
    for number, step in enumerate(_steps(shell, job)):
        publisher.take()
        channel.begin(number)
        error = step()
        _flush()
        channel.done(number, describe(error) if error else None, publisher.take())
    channel.finished()


def _steps(shell: StudentShell, job: Frame) -> Iterator[Step]:
    for index, code in job["cells"]:
        yield partial(run_cell, shell, CELL_NAME.format(index), code)
    for name, code in job["experiments"]:
        yield partial(run_experiment, shell, name, code)


def become_module(shell: StudentShell) -> None:
    """Make the shell's namespace that of an importable module, so that its classes can be pickled."""
    module = shell.user_module
    module.__name__ = MODULE_NAME
    sys.modules[MODULE_NAME] = module
    sys.modules["__main__"] = types.ModuleType("__main__")


def run_cell(shell: StudentShell, name: str, code: str) -> BaseException | None:
    """Run code as one cell of a notebook, and return the error that ended it."""
    shell.compiler.name = name
    try:
        result = shell.execute(code, store_history=True)
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        return error
    except BaseException as caught:  # whatever a student made of the shell
        return caught


def run_experiment(shell: StudentShell, name: str, code: str) -> BaseException | None:
    """Run an experiment in the cells' namespace, and return the error that ended it.

    Plain Python does not go through the shell: that is faster, and no matter what a student made of it.
    """
    program = compiled(name, code)
    if program is None:
        return run_cell(shell, EXPERIMENT_NAME.format(name), code)
    try:
        exec(program, shell.user_ns)
    except BaseException as caught:  # SystemExit and KeyboardInterrupt end the experiment, and nothing else
        return caught
    return None


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # a student's own stream, or a closed one: its output is lost, and nothing else
            continue
