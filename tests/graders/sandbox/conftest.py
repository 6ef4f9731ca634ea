"""Students' code in the sandbox, and a course on this machine that it must not reach."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graders.runner import Job, Limits, Result, Runner
from graders.sandbox import machine

LAB = """
from IPython.core.getipython import get_ipython

def emit(text):
    get_ipython().display_pub.publish(data={"application/vnd.tinystack.evidence": text, "text/plain": ""})
"""

MIB = 1024**2
ROOMY = Limits(step_seconds=20.0, job_seconds=60.0, memory_bytes=512 * MIB, scratch_bytes=16 * MIB)
SECRET = "the-answer-is-" + os.urandom(8).hex()

PRELUDE = """
def outcome(action):
    '''done(what it returned), or the name of its error.'''
    try:
        return f"done({action()!r})"
    except Exception as error:
        return type(error).__name__
"""


@pytest.fixture(scope="session", autouse=True)
def sandbox_here() -> None:
    """Tests of the sandbox are skipped where there can be none, but fail in CI."""
    if faults := machine.missing():
        message = machine.explain("this machine lacks what it needs", faults)
        if "CI" in os.environ:
            pytest.fail(message)
        pytest.skip(message)


@dataclass(frozen=True)
class Course:
    """A course with secrets in every corner."""

    root: Path
    assignment: Path
    secret: str

    @property
    def secrets(self) -> list[Path]:
        """Every file that students' code must not see."""
        return sorted(path for path in self.root.rglob("*") if path.is_file() and SECRET in path.read_text())


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course whose assignment has a tinystack, data, and the instructor's notebook beside them."""
    root = tmp_path_factory.mktemp("course")
    assignment = root / "source" / "hw"
    for name in (
        "gradebook.db",
        ".graders/secret",
        "source/hw/hw.ipynb",
        "source/hw/data/solution.ipynb",
        "source/hw/.ipynb_checkpoints/hw-checkpoint.ipynb",
        "source/hw/.git/objects",
        "source/other/other.ipynb",
        "submitted/bee/hw/hw.ipynb",
        "home/.ssh/id_ed25519",
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SECRET)
        path.chmod(0o666)
    for name, text in {
        "tinystack/__init__.py": "",
        "tinystack/lab.py": LAB,
        "data/train.csv": "1,2\n",
        "data/deep/test.csv": "3,4\n",
        "notes.txt": "from the instructor\n",
        "large.bin": "x" * (2 << 20),
    }.items():
        path = assignment / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Course(root, assignment, SECRET)


@pytest.fixture(scope="session")
def runner(course: Course) -> Iterator[Runner]:
    """The runner that all tests share, with a secret in the environment of this process."""
    os.environ["GRADERS_TEST_SECRET"] = SECRET
    try:
        with Runner(course.assignment, ROOMY) as started:
            yield started
    finally:
        del os.environ["GRADERS_TEST_SECRET"]


Run = Callable[..., Result]


@pytest.fixture
def run(runner: Runner) -> Iterator[Run]:
    """run(code, files=..., limits=...): run a cell, then an experiment that emits its `said` as JSON.

    Whatever the test does: another job runs afterwards as if nothing had happened.
    """

    def start(code: str, limits: Limits | None = None, files: tuple[tuple[str, bytes], ...] = ()) -> Result:
        cells = (PRELUDE, textwrap.dedent(code))
        told = "import json\nfrom tinystack.lab import emit\nemit(json.dumps(globals().get('said')))"
        return runner.run(Job(cells, (("told", told),), "n", files=files), limits)

    yield start
    after = start("said = 7")
    assert _said(after) == 7 and after.endings["told"].how == "finished"


@pytest.fixture(scope="session")
def said() -> Callable[[Result], Any]:
    """said(result): what a cell has put into `said`."""
    return _said


def _said(result: Result) -> Any:
    """What a cell has put into `said`. A result must have come, whatever it tried."""
    assert result.endings["told"].how == "finished", (result.endings, result.output)
    assert not result.lethal_cells and not result.cell_errors, (result.lethal_cells, result.cell_errors)
    return json.loads(result.evidence["told"][0])


@pytest.fixture
def try_all(run: Run) -> Callable[..., dict[str, str]]:
    """try_all(setup, name=expression...): what came of each expression: `done(...)`, or its error's name."""

    def attempt(setup: str = "", **actions: str) -> dict[str, str]:
        lines = [textwrap.dedent(setup), "said = {}"]
        lines += [f"said[{name!r}] = outcome(lambda: {action})" for name, action in actions.items()]
        found: dict[str, str] = _said(run("\n".join(lines)))
        assert found.keys() == actions.keys()
        return found

    return attempt


@pytest.fixture(scope="session")
def host_processes() -> Callable[[str], list[int]]:
    """host_processes(mark): the processes of this machine whose command line or environment holds a mark."""
    return _host_processes


def _host_processes(mark: str) -> list[int]:
    """The processes of this machine, this one excepted, whose command line or environment holds a mark."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        for name in ("cmdline", "environ"):
            try:
                if mark.encode() in (entry / name).read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
