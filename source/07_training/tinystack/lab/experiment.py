"""An experiment: a hidden test cell's body, run once, its evidence emitted as one output of the cell."""

import builtins
from collections.abc import Callable
from types import FunctionType
from typing import Any

import tinystack
from tinystack.lab.evidence import emit, evidence_text
from tinystack.lab.nonce import current_nonce, generator, mark
from tinystack.lab.part import Part, describe
from tinystack.lab.pristine import pristine
from tinystack.lab.problems import SPARE
from tinystack.lab.time_limit import OutOfTime


class Abandoned(Exception):
    """A part was not run, because an earlier part of the same experiment did not end in time."""


class Lab:
    """What the body of an experiment works with: the stack, and parts with numbers of their own.

    spare: a generator for numbers that nobody sees, such as a layer's first parameters before they are drawn.
    """

    def __init__(self, experiment: str, nonce: str, stack: Any = tinystack) -> None:
        self.stack = stack
        self.spare = SPARE
        self._experiment = experiment
        self._nonce = nonce
        self._parts: dict[str, Part] = {}
        self.own_file = ""

    def part(self, name: str) -> Part:
        """Begin a part. Errors inside its `with` block are noted and end that part alone.

        Raises:
            Abandoned: an earlier part ran out of time; the rest of the experiment would most likely hang too.
        """
        for earlier, part in self._parts.items():
            if part.error and part.error["type"] in (OutOfTime.__name__, KeyboardInterrupt.__name__):
                raise Abandoned(f"not run, because the part {earlier} did not end in time")
        names = (self._nonce, self._experiment, name)
        part = self._parts[name] = Part(self.stack, generator(*names), mark(*names), self.own_file)
        return part

    def evidence(self, error: BaseException | None) -> str:
        """Return everything that was observed, as JSON text."""
        parts = {name: part.evidence() for name, part in self._parts.items()}
        return evidence_text(self._experiment, describe(error, self.own_file) if error else None, parts)


def _with_builtins(body: Callable[[Lab], None]) -> Callable[[Lab], None]:
    """Return an experiment's body whose `iter` is iter: a notebook may use such a name for something else."""
    usual = {name: value for name, value in vars(builtins).items() if not name.startswith("_")}
    names = {**body.__globals__, **usual}
    return FunctionType(body.__code__, names, body.__name__, body.__defaults__, body.__closure__)


def experiment(name: str) -> Callable[[Callable[[Lab], None]], Callable[[Lab], None]]:
    """Run the decorated function once, now, with a Lab, and emit its evidence whatever happens in it."""

    def run(body: Callable[[Lab], None]) -> Callable[[Lab], None]:
        lab, error = Lab(name, current_nonce()), None
        lab.own_file = body.__code__.co_filename
        try:
            with pristine(body.__globals__):
                _with_builtins(body)(lab)
        except BaseException as caught:  # evidence is due even when the student's code ends the interpreter
            error = caught
        emit(name, lab.evidence(error))
        return body

    return run
