"""The program that runs a suite: a request on stdin, one line of JSON on stdout for every run.

The suite's conftest.py is read before the fork. Where it imports the trainer, that is too early: the program
ends with the status TOO_EARLY, and has to be started again with "late" false; it then forks before pytest
starts.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

import numpy as np
import pytest

from graders.suite_audit.inside.forks import Forks
from graders.suite_audit.inside.modules import ServedModules
from graders.suite_audit.inside.recorder import Recorder

TOO_EARLY = 75
NOT_STARTED = 76

OPTIONS = (
    "-o", "addopts=",  # made for another purpose: parallel runs, coverage, stopping at the first failure
    "-p", "no:cacheprovider", "-p", "no:graders", "-p", "no:randomly",
    "--capture=sys", "--tb=short", "-q", "--continue-on-collection-errors",
)  # fmt: skip


def main() -> int:
    """Serve one request."""
    replies = os.dup(1)
    os.dup2(2, 1)
    request = json.loads(sys.stdin.readline())

    def emit(record: dict[str, Any]) -> None:
        data = json.dumps(record).encode() + b"\n"
        while data:
            data = data[os.write(replies, data) :]

    sys.path.insert(0, request["assignment"])
    served = ServedModules(importlib.import_module("tinystack"), request["names"])
    sys.meta_path.insert(0, served)
    _make_seedable()
    forks = Forks(request["runs"], request["jobs"], request["timeout"], emit)
    return _serve(request, Recorder(forks, served, request["cache"]), forks, served)


def _serve(request: dict[str, Any], recorder: Recorder, forks: Forks, served: ServedModules) -> int:
    if not request["late"]:
        child = forks.split()
        if child is None:
            return 0
        recorder.begin(child)
    try:
        pytest.main([*OPTIONS, request["suite"]], plugins=[recorder])
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        if recorder.begun:
            os._exit(1)  # the trainer or the suite ended the interpreter
    if recorder.begun:
        recorder.end()
    return TOO_EARLY if served.too_early else NOT_STARTED


def _make_seedable() -> None:
    """Let generators without a seed draw one from numpy's global one, so that `np.random.seed` reaches them.

    Suites for TinyTorch expect this, as its layers draw their weights from the global generator.
    """
    original = np.random.default_rng

    def default_rng(seed: Any = None) -> np.random.Generator:
        return original(np.random.randint(2**31) if seed is None else seed)

    np.random.default_rng = default_rng


if __name__ == "__main__":
    sys.exit(main())
