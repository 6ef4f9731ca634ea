"""Measuring a suite: runs on the reference, every wheat, every chaff, and a trainer that does nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from graders.assignment import Assignment
from graders.library import Chaff, Specimen, Wheat, chaffs, wheats
from graders.suite_audit.assessment import assess
from graders.suite_audit.records import Run, SuiteError, SuiteReport
from graders.suite_audit.server import Setting, Task, run_all
from graders.suite_audit.trainers import DOES_NOTHING, reference_code

SEEDS = (0, 1, 2)
"""Random numbers of the runs on the reference, to tell tests that fail by chance from sound ones."""

TIMEOUT = 20.0
"""Seconds for one run of the suite: what trains longer, on each of 300 trainers, is to be asked for."""

TRACED = "the reference, traced"
NOTHING = "a trainer that does nothing"

Progress = Callable[[int, int], None]


def measure_suite(
    path: Path,
    assignment: Assignment,
    names: Mapping[str, str] | None = None,
    specimens: Sequence[Specimen] | None = None,
    jobs: int | None = None,
    timeout: float = TIMEOUT,
    progress: Progress | None = None,
) -> SuiteReport:
    """Measure a suite, a file or a folder. It is trusted: it runs with all rights of whoever calls this.

    names: from modules that the suite imports to those that are served, such as
    {"nn.train": "tinytorch.core.training"}. specimens: by default the library. timeout: seconds for one run.
    progress: called with the number of runs that are done, and of all.

    Raises:
        SuiteError: the suite does not exist, cannot be imported, has no tests, or does not end on the
            reference.
        LibraryError: a specimen's header is not as it must be.
    """
    if not path.exists():
        raise SuiteError(f"{path} does not exist: name a test file, or a folder of tests")
    begun = time.monotonic()
    found = [*wheats(), *chaffs()] if specimens is None else list(specimens)
    setting = Setting(path.resolve(), assignment.folder, names or {}, jobs or os.cpu_count() or 1, timeout)
    runs = _run(setting, _tasks(reference_code(assignment), found), progress or _silent)
    return assess(
        path,
        [runs.pop(_reference(seed)) for seed in SEEDS],
        runs.pop(TRACED),
        runs.pop(NOTHING),
        runs,
        [specimen for specimen in found if isinstance(specimen, Wheat)],
        [specimen for specimen in found if isinstance(specimen, Chaff)],
        time.monotonic() - begun,
    )


def _silent(done: int, of: int) -> None:
    """Show nothing."""


def _reference(seed: int) -> str:
    return f"the reference, seed {seed}"


def _tasks(reference: str, specimens: Sequence[Specimen]) -> list[Task]:
    return [
        *(Task(_reference(seed), reference, seed) for seed in SEEDS),
        Task(TRACED, reference, traced=True),
        Task(NOTHING, DOES_NOTHING),
        *(Task(specimen.name, specimen.source) for specimen in specimens),
    ]


def _run(setting: Setting, tasks: Sequence[Task], progress: Progress) -> dict[str, Run]:
    runs: dict[str, Run] = {}
    progress(0, len(tasks))
    for run in run_all(setting, tasks):
        if run.trainer == _reference(SEEDS[0]):
            check_reference(setting, run)
        runs[run.trainer] = run
        progress(len(runs), len(tasks))
    return runs


def check_reference(setting: Setting, run: Run) -> None:
    """Raise SuiteError if there is nothing to measure: the reference's run has no tests, or does not end."""
    suite = setting.suite
    if run.ending == "timed_out":
        raise SuiteError(
            f"{suite} does not end within {setting.timeout:g} s on the instructor's own solution"
            f"{_where(run)}: allow more with --timeout, or measure a part of it"
        )
    if run.ending == "died":
        raise SuiteError(f"{suite} ends the whole process on the instructor's own solution{_where(run)}")
    if not run.outcomes and run.broken:
        errors = "\n".join(f"{file}: {last_line(error)}" for file, error in run.broken.items())
        raise SuiteError(f"{suite} cannot be imported:\n{errors}{_advice(errors)}")
    if not run.outcomes:
        raise SuiteError(
            f"{suite} has no tests: pytest collects functions test_* in files test_*.py, "
            "or in a file that is named"
        )


def _where(run: Run) -> str:
    return f" (in {run.ended_in})" if run.ended_in else ""


def _advice(errors: str) -> str:
    if "ModuleNotFoundError" not in errors:
        return ""
    return (
        "\nif this module is the suite's name for a part of the framework, map it: "
        "--names OLD=tinytorch.core.layers"
    )


def last_line(error: str) -> str:
    """The line of an error of pytest that names it: the last one marked with E."""
    lines = [line for line in error.splitlines() if line.strip()]
    marked = [line[1:].strip() for line in lines if line.startswith("E ")]
    return (marked or lines or ["an unknown error"])[-1]
