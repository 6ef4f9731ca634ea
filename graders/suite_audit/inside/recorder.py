"""The pytest plugin that forks when pytest is ready to collect, and writes down what happens."""

from __future__ import annotations

import os
import random
import sys
from types import FrameType
from typing import Any

import numpy as np
import pytest

from graders.suite_audit.inside.forks import Child, Forks
from graders.suite_audit.inside.modules import ServedModules

MAX_ERROR = 2000
"""Characters kept of the error of a file that cannot be imported: its end, which names the error."""

_WORSE = ("passed", "skipped", "failed")


class Recorder:
    """Records one run. Until `begin`, it is in the parent that every run is forked from.

    cache: a folder for what is compiled of the suite: that happens once, and leaves nothing beside it.
    """

    def __init__(self, forks: Forks, served: ServedModules, cache: str) -> None:
        self._forks = forks
        self._served = served
        self._cache = cache
        self._child: Child | None = None
        self._test = ""
        self._outcomes: dict[str, str] = {}
        self._touched: set[str] = set()

    @property
    def begun(self) -> bool:
        """Whether this is a child, with a trainer to run against."""
        return self._child is not None

    def begin(self, child: Child) -> None:
        """Become the run of one trainer, with random numbers that are the same in every run."""
        self._child = child
        sys.pycache_prefix, sys.dont_write_bytecode = self._cache, False
        self._served.choose(child.run["name"], child.run["code"])
        random.seed(child.run["seed"])
        np.random.seed(child.run["seed"])
        if child.run["traced"]:
            sys.setprofile(self._trace)

    def end(self) -> None:
        """Say what is known when the run is over, and end the process: it leaves nothing to be cleaned."""
        assert self._child is not None
        sys.setprofile(None)
        self._child.say(
            {
                "kind": "end",
                "missing": sorted(self._served.missing),
                "replaced": self._served.replaced,
                "touched": sorted(self._touched),
            }
        )
        os._exit(0)

    def _trace(self, frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        # The bodies of its module and classes, which run at import, are no use of the trainer.
        if event == "call" and code.co_filename == self._served.filename and code.co_flags & _IS_FUNCTION:
            self._touched.add(self._test)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Fork, now that plugins and configuration are loaded; the children go on, the parent ends."""
        if self.begun:
            return
        child = self._forks.split()
        if child is None:
            os._exit(0)
        self.begin(child)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be imported."""
        if report.failed:
            self._say({"kind": "broken", "file": report.nodeid, "error": report.longreprtext[-MAX_ERROR:]})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note which test is running, should it be the last."""
        self._test = nodeid
        self._say({"kind": "start", "test": nodeid})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst of setup, call and teardown."""
        before = self._outcomes.get(report.nodeid, "passed")
        self._outcomes[report.nodeid] = max(before, report.outcome, key=_WORSE.index)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Say how a test came out."""
        self._say({"kind": "test", "test": nodeid, "outcome": self._outcomes.get(nodeid, "failed")})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """End the run here: the summary is for nobody."""
        self.end()

    def _say(self, event: dict[str, Any]) -> None:
        if self._child is not None:
            self._child.say(event)


_IS_FUNCTION = 0x2  # CO_NEWLOCALS: set for functions; module and class bodies do not have it
