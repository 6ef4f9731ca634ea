"""Running known bugs: several in one job, each with the experiment of its point in a module of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from graders.assignment import Assignment
from graders.evidence import Evidence, Unusable, parse
from graders.known_evidence import name_of_run
from graders.runner import Job, Result, Runner

AT_A_TIME = 24
"""Bugs that are run in one job: some 150 ms, a sixth of it for the job."""

KEEPS_STATE = "shared"
"""The cause of bugs whose state outlives a trainer."""


class KnownBug(Protocol):
    """A chaff, as far as it is needed here."""

    @property
    def name(self) -> str:
        """Its name, unique among all chaffs."""

    @property
    def source(self) -> str:
        """Its code."""

    @property
    def point(self) -> str:
        """The criterion of its root cause."""

    @property
    def cause(self) -> str:
        """The name of its cause, one of that criterion's."""

    @property
    def bug(self) -> str:
        """What is wrong, in a sentence; empty where nothing is known."""

    @property
    def remedy(self) -> str:
        """What to change, in a sentence."""

    @property
    def also_fails(self) -> Sequence[str]:
        """The points that fail as a consequence."""


BEGIN = """import sys as _sys, types as _types
import tinystack.lab
_lab = _sys.modules['tinystack.lab.experiment']  # the package has a function of this name
_emit = _lab.emit
def _run(name, source, experiments):
    module = _sys.modules[name] = _types.ModuleType(name)
    exec(compile(source, name, 'exec'), module.__dict__)
    for number, experiment in enumerate(experiments, start=1):
        _lab.emit = _emit if number == len(experiments) else lambda name, text: None
        exec(experiment, module.__dict__)
"""


@dataclass(frozen=True)
class Left:
    """What a bug left: the text of its evidence, or None where that cannot be used.

    is_final: it was run to its end. If not, another run may leave something else.
    """

    bug: KnownBug
    text: str | None
    is_final: bool


class BugRuns:
    """Runs known bugs on the experiments of an assignment."""

    def __init__(self, assignment: Assignment) -> None:
        self._codes = {experiment.name: experiment.code for experiment in assignment.experiments}

    def can_run(self, bug: KnownBug) -> bool:
        """Whether the assignment has the experiment of a bug's point."""
        return bug.point in self._codes

    def name_of(self, bug: KnownBug) -> str:
        """Name a run of a bug by all that is run in it."""
        return name_of_run(BEGIN, bug.name, bug.source, *self._codes_for(bug))

    def run(self, bugs: Sequence[KnownBug], nonce: str, runner: Runner) -> list[Left]:
        """Run bugs of one point in one job. Raises RunnerError."""
        result = runner.run(self._job(bugs, nonce))
        return [_left(bug, result) for bug in bugs]

    def _codes_for(self, bug: KnownBug) -> list[str]:
        """The experiments that are run on a bug, the last of which counts.

        A bug that keeps state from one trainer to the next needs those that come earlier in the notebook too,
        to be in the state in which a submission is.
        """
        codes = list(self._codes.values())
        end = list(self._codes).index(bug.point) + 1
        return codes[:end] if bug.cause == KEEPS_STATE else codes[end - 1 : end]

    def _job(self, bugs: Sequence[KnownBug], nonce: str) -> Job:
        codes = max((self._codes_for(bug) for bug in bugs), key=len)
        begin = (
            f"{BEGIN}_codes = {codes!r}\n"
            "_experiments = [compile(code, 'experiment', 'exec') for code in _codes]\n"
        )
        runs = tuple((bug.name, self._call(bug)) for bug in bugs)
        return Job((begin,), runs, nonce, once=True)

    def _call(self, bug: KnownBug) -> str:
        experiments = f"_experiments[-{len(self._codes_for(bug))}:]"
        return f"_run({'chaff_' + bug.name!r}, {bug.source!r}, {experiments})"


def _left(bug: KnownBug, result: Result) -> Left:
    ending = result.endings.get(bug.name)
    is_final = ending is not None and ending.how == "finished"
    return Left(bug, _only(result.evidence.get(bug.name, ()), bug.point), is_final)


def _only(texts: Sequence[str], experiment: str) -> str | None:
    """The one evidence text of an experiment among what was left; None where it cannot be used."""
    try:
        found = [text for text in texts if parse(text).experiment == experiment]
    except Unusable:
        return None
    return found[0] if len(found) == 1 else None


def read_evidence(text: str, experiment: str) -> Evidence:
    """Parse the stored evidence of an experiment. Raises Unusable: it is none, or another one's."""
    evidence = parse(text)
    if evidence.experiment != experiment:
        raise Unusable(f"evidence of {evidence.experiment[:40]!r} instead of {experiment!r}")
    return evidence
