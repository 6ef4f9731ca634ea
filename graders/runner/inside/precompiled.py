"""Experiments, compiled once in the zygote: they are the same for every student, and so is their code."""

from __future__ import annotations

from functools import lru_cache
from types import CodeType

MAX_EXPERIMENTS = 128
"""Experiments whose code is kept: an assignment has about ten, and a new version of it as many again."""

EXPERIMENT_NAME = "<experiment {}>"
"""The file name under which an experiment is compiled."""


@lru_cache(maxsize=MAX_EXPERIMENTS)
def compiled(name: str, code: str) -> CodeType | None:
    """Return an experiment's code object; None where it is no plain Python (a magic, a top-level await)."""
    try:
        return compile(code, EXPERIMENT_NAME.format(name), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
