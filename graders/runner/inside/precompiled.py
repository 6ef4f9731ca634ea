"""Experiments, compiled once in the zygote: they are the same for every student, and so is their code.

A job names them by a reference. So the text of a hidden test is nowhere in the memory that students' code can
search: what is there is a code object, without comments.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from types import CodeType

from .frames import Frame

MAX_EXPERIMENTS = 128
"""Experiments that are kept: an assignment has about ten, and a new version of it as many again."""

EXPERIMENT_NAME = "<experiment {}>"
"""The file name under which an experiment is compiled."""

Program = CodeType | str
"""An experiment that can be run: compiled, or text where it is no plain Python, such as a magic."""

_kept: OrderedDict[str, Program] = OrderedDict()


def reference(name: str, code: str) -> str:
    """Return what an experiment is named by."""
    return hashlib.sha256(f"{name}\0{code}".encode("utf-8", "replace")).hexdigest()


def keep(name: str, code: str) -> None:
    """Compile an experiment and keep it for all jobs; the one that has been kept longest makes room."""
    _kept[reference(name, code)] = compiled(name, code)
    while len(_kept) > MAX_EXPERIMENTS:
        _kept.popitem(last=False)


def keep_all(request: Frame | None) -> None:
    """Keep the experiments of a request, see `kinds.PREPARE`; None is that of a client that has gone."""
    for name, code in request["experiments"] if request else ():
        keep(name, code)


def kept(referred: str) -> Program:
    """Return an experiment that is kept. Raises KeyError: it is not."""
    return _kept[referred]


def compiled(name: str, code: str) -> Program:
    """Return an experiment's code object, or its text where it is no plain Python."""
    try:
        return compile(code, EXPERIMENT_NAME.format(name), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code
