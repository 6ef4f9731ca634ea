"""Starts the process that runs a suite, and reads what it writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from graders.suite_audit.records import Ending, Outcome, Run, SuiteError

PROGRAM = "graders.suite_audit.inside.serve"
TOO_EARLY = 75
"""Its exit status where a conftest.py imports the trainer; the same in inside/serve.py."""

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # a forked process has none of its parent's threads
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONSAFEPATH": "1",  # what stands in the working folder is not the suite's
}


@dataclass(frozen=True)
class Task:
    """One run to be made: the trainer's name and code, the random seed, and whether its use is traced."""

    name: str
    code: str
    seed: int = 0
    traced: bool = False


@dataclass(frozen=True)
class Setting:
    """What all runs of a suite have in common. assignment: the folder that the framework is in."""

    suite: Path
    assignment: Path
    names: Mapping[str, str]
    jobs: int
    timeout: float


def run_all(setting: Setting, tasks: Sequence[Task]) -> Iterator[Run]:
    """Make all runs, and yield them as they end; the first tasks are begun first.

    Raises:
        SuiteError: pytest cannot be started on the suite.
    """
    with tempfile.TemporaryDirectory(prefix="suite-cache-") as cache:
        if (yield from _serve(setting, tasks, cache, late=True)) == TOO_EARLY:
            yield from _serve(setting, tasks, cache, late=False)


def _serve(setting: Setting, tasks: Sequence[Task], cache: str, late: bool) -> Generator[Run, None, int]:
    request = {
        "suite": str(setting.suite),
        "assignment": str(setting.assignment),
        "names": dict(setting.names),
        "jobs": setting.jobs,
        "timeout": setting.timeout,
        "cache": cache,
        "late": late,
        "runs": [asdict(task) for task in tasks],
    }
    with tempfile.TemporaryFile("w+") as errors, _process(errors) as process:
        _send(process, request)
        done = 0
        for line in _lines(process):
            yield parse_run(json.loads(line))
            done += 1
        status = process.wait()
        if status != TOO_EARLY and done < len(tasks):
            raise SuiteError(_not_started(setting.suite, errors))
    return status


@contextmanager
def _process(errors: IO[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        env={**os.environ, **ENVIRONMENT},
    )
    try:
        yield process
    finally:
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()  # the end of its input tells it to end, with all that it has forked
        process.wait()


def _send(process: subprocess.Popen[str], request: Mapping[str, Any]) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
    except BrokenPipeError:
        return  # it has ended already: its status and its errors say why


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    return iter(process.stdout)


def _not_started(suite: Path, errors: IO[str]) -> str:
    errors.seek(0)
    lines = [line for line in errors.read().splitlines() if line.strip()]
    said = "\n".join(lines[-12:]) or "it said nothing"
    return f"pytest could not be started on {suite}; run `pytest {suite}` and mend what it says:\n{said}"


def parse_run(record: Mapping[str, Any]) -> Run:
    """Make a Run of what the process wrote of it."""
    outcomes: dict[str, Outcome] = {}
    broken: dict[str, str] = {}
    current, end = "", None
    for event in record["events"]:
        if event["kind"] == "start":
            current = event["test"]
        elif event["kind"] == "test":
            outcomes[event["test"]], current = event["outcome"], ""
        elif event["kind"] == "broken":
            broken[event["file"]] = event["error"]
        else:
            end = event
    ending: Ending = "finished" if end else "timed_out" if record["timed_out"] else "died"
    if current:
        outcomes[current] = "failed"
    return Run(
        record["name"],
        outcomes,
        ending,
        record["status"],
        current if ending != "finished" else "",
        broken,
        frozenset(end["missing"] if end else ()),
        end["replaced"] if end else {},
        frozenset(end["touched"] if end else ()),
        record["seconds"],
    )
