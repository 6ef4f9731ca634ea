"""A small assignment of the tests' own, and runners on it that are started once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graders.runner import Job, Limits, Result, Runner

LAB = """
from IPython.core.getipython import get_ipython

def emit(text):
    data = {"application/vnd.tinystack.evidence": text, "text/plain": "label"}
    get_ipython().display_pub.publish(data=data)
"""

ROOMY = Limits(step_seconds=8.0, job_seconds=40.0, memory_bytes=256 * 1024**2)
"""Time enough on a busy machine; hangs are tested with other limits. A hog is full soon."""

Run = Callable[..., Result]


def experiments(**codes: str) -> tuple[tuple[str, str], ...]:
    """Return experiments with these names and codes, each after an import of `emit`."""
    return tuple((name, f"from tinystack.lab import emit\n{code}") for name, code in codes.items())


@pytest.fixture(scope="session")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assignment folder whose tinystack is nothing but `tinystack.lab.emit`."""
    folder = tmp_path_factory.mktemp("assignment")
    (folder / "tinystack").mkdir()
    (folder / "tinystack" / "__init__.py").write_text("print('a print while importing')\n")
    (folder / "tinystack" / "lab.py").write_text(LAB)
    return folder


@pytest.fixture(scope="session")
def runner(assignment: Path) -> Iterator[Runner]:
    """A runner that all tests share, as all submissions of an assignment do."""
    with Runner(assignment, ROOMY) as started:
        yield started


@pytest.fixture
def run(runner: Runner) -> Run:
    """run(*cells, name=experiment...): run a job, and return its result."""

    def start(
        *cells: str, as_module: bool = False, nonce: str = "n", limits: Limits | None = None, **codes: str
    ) -> Result:
        return runner.run(Job(cells, experiments(**codes), nonce, as_module), limits)

    return start


@pytest.fixture
def unharmed(run: Run) -> Iterator[None]:
    """After the test: another job runs as if nothing had happened."""
    yield
    after = run("value = 7", still="emit(str(value))")
    assert after.evidence == {"still": ("7",)} and after.endings["still"].how == "finished"
