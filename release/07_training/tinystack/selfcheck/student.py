"""Calling the student's code, and saying in plain words what is missing or wrong about it."""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Callable
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from tinystack.lab.time_limit import PART_SECONDS, OutOfTime
from tinystack.selfcheck.report import Finding

SIGNATURES = {
    "Trainer": "Trainer(model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None)",
    "train_epoch": "train_epoch(dataloader, accumulation_steps=1)",
    "evaluate": "evaluate(dataloader)",
    "save_checkpoint": "save_checkpoint(path)",
    "load_checkpoint": "load_checkpoint(path)",
    "CosineSchedule": "CosineSchedule(max_lr=0.1, min_lr=0.01, total_epochs=100)",
    "get_lr": "get_lr(epoch)",
    "clip_grad_norm": "clip_grad_norm(parameters, max_norm=1.0)",
}
"""How each piece is called, as the contract states it."""

_NOT_THE_STUDENTS = (
    str(Path(__file__).parents[1]),
    *(sysconfig.get_path(p) for p in ("stdlib", "purelib", "platlib")),
    "<frozen",
)

MAX_SHOWN = 60
"""Longest value of the student's that is repeated in a message."""

MAX_MESSAGE = 300
"""Longest error message that is repeated."""


class Stopped(Exception):
    """The check cannot go on; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.bug)
        self.finding = finding


def require_class(thing: Any, name: str) -> None:
    """Stop unless `thing` is a class."""
    if not isinstance(thing, type):
        expected = f"the class itself, defined as in {SIGNATURES[name]}"
        look = (
            f"pass {name} without parentheses, and run the cell that defines `class {name}` before this one"
        )
        raise Stopped(Finding(f"{name} is {show(thing)}", f"{name} is not a class", expected, look))


def require_callable(thing: Any, name: str) -> None:
    """Stop unless `thing` can be called."""
    if not callable(thing):
        look = f"pass {name} without parentheses, and run the cell that defines it before this one"
        raise Stopped(Finding(f"{name} is {show(thing)}", f"{name} cannot be called", SIGNATURES[name], look))


def call(name: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Call a piece of the student's code; stop if it does not take the arguments that the contract gives."""
    try:
        return function(*arguments, **options)
    except TypeError as error:
        if places(error):
            raise
        bug = f"{name} does not take the arguments that the contract gives it"
        look = f"the `def` line of {'__init__' if name[0].isupper() else name}, its names, order and defaults"
        raise Stopped(Finding(f"TypeError: {error}", bug, SIGNATURES[name], look)) from error


def make_trainer(trainer_class: Any, model: Any, optimizer: Any, loss: Any, **options: Any) -> Any:
    """Make a trainer as the contract says."""
    require_class(trainer_class, "Trainer")
    return call("Trainer", trainer_class, model, optimizer, loss, **options)


def invoke(owner: Any, name: str, *arguments: Any, **options: Any) -> Any:
    """Call a method of the student's; stop if there is none."""
    method = getattr(owner, name, None)
    if not callable(method):
        kind = type(owner).__name__
        look = (
            f"write {name}(), run its cell, then make sure that no later cell defines {kind} again without it"
        )
        raise Stopped(
            Finding(
                f"{kind}.{name} is {show(method)}", f"{kind} has no method {name}()", SIGNATURES[name], look
            )
        )
    return call(name, method, *arguments, **options)


def read(trainer: Any, name: str) -> Any:
    """Read an attribute of a trainer; stop if it has none."""
    try:
        return getattr(trainer, name)
    except AttributeError as error:
        if places(error):
            raise
        look = f"Trainer.__init__: set self.{name} there"
        finding = Finding(
            f"AttributeError: {error}",
            f"the trainer has no attribute {name}",
            f"trainer.{name} can be read",
            look,
        )
        raise Stopped(finding) from error


def number(value: Any, what: str, look: str) -> float:
    """Return a value of the student's as a float; stop if it is no finite number."""
    plain = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    if isinstance(plain, Real) and not isinstance(plain, bool) and np.isfinite(float(plain)):
        return float(plain)
    missing = value is None
    bug = f"{what} is " + ("None: is there a `return`?" if missing else "not a finite number")
    saw = show(value) + ("" if missing else f", of type {type(value).__name__}")
    raise Stopped(Finding(saw, bug, "a finite float", look))


def pair(value: Any) -> tuple[float, float]:
    """Return what evaluate() returned as (mean loss, accuracy); stop if it is something else."""
    look = "Trainer.evaluate, the `return` line"
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        bug = "evaluate() does not return a pair" + (": is there a `return`?" if value is None else "")
        raise Stopped(Finding(f"evaluate() returned {show(value)}", bug, "(mean loss, accuracy)", look))
    loss = number(value[0], "the loss that evaluate() returned", look)
    return loss, number(value[1], "the accuracy that evaluate() returned", look)


def show(value: Any) -> str:
    """Return a short text for any value of the student's."""
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def places(error: BaseException) -> list[traceback.FrameSummary]:
    """Return the student's own lines on the way to an error, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if not frame.filename.startswith(_NOT_THE_STUDENTS)]


def explain(error: BaseException) -> Finding:
    """Say what an error means that the student's code raised, or that its results caused in the check."""
    frames = places(error)
    if frames:
        return _explain(error, frames[-1])
    saw = f"{type(error).__name__} in the check: {' '.join(str(error).split())[:MAX_MESSAGE]}"
    bug = "something that your code returned or keeps is not what the contract says"
    return Finding(
        saw, bug, "values of the contract's types", "what the methods of this check return and store"
    )


def _explain(error: BaseException, frame: traceback.FrameSummary) -> Finding:
    where = f"line {frame.lineno}, in {frame.name}" + (f": `{frame.line}`" if frame.line else "")
    if isinstance(error, NotImplementedError):
        look = f"write {frame.name}(), run its cell, and run this cell again"
        return Finding(
            f"NotImplementedError ({where})", f"{frame.name}() is not written yet", "a finished piece", look
        )
    if isinstance(error, OutOfTime):
        look = f"{where}: a loop there whose end is never reached"
        saw = f"still running after {PART_SECONDS:g} seconds of computing, at {where}"
        return Finding(saw, f"{frame.name}() does not come to an end", "an answer within milliseconds", look)
    return _explain_error(error, where)


def _explain_error(error: BaseException, where: str) -> Finding:
    kind, message = type(error).__name__, " ".join(str(error).split())[:MAX_MESSAGE]
    hints = {
        NameError: "; run the cell that defines this name before this one",
        AttributeError: "; is the name spelled right, and does the contract give the object such a thing?",
    }
    look = where + next((hint for cause, hint in hints.items() if isinstance(error, cause)), "")
    return Finding(f"{kind}: {message}", f"your code stops with {kind}", "no error", look)
