"""Without the sandbox: what is held all the same, where students' code may do what this account may."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graders.runner import Job, Limits, Result, Runner, client
from graders.sandbox import UNPROTECTED

Run = Callable[..., Result]
EMIT = "from tinystack.lab import emit\n"


@pytest.fixture(scope="module")
def unprotected(assignment: Path) -> Iterator[Runner]:
    """A runner without the sandbox, asked for by name."""
    with Runner(assignment, Limits(step_seconds=8.0, job_seconds=40.0), sandbox=UNPROTECTED) as started:
        yield started


@pytest.fixture
def run(unprotected: Runner) -> Iterator[Run]:
    """run(*cells, name=experiment...): run a job; after the test, another runs as if nothing had happened."""

    def start(*cells: str, limits: Limits | None = None, **codes: str) -> Result:
        experiments = tuple((name, EMIT + code) for name, code in codes.items())
        return unprotected.run(Job(cells, experiments, "n"), limits)

    yield start
    assert start("value = 7", still="emit(str(value))").evidence == {"still": ("7",)}


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_a_child_that_kills_its_parent_costs_its_own_evidence(run: Run) -> None:
    kill = "import os, signal, time; os.kill(os.getppid(), signal.SIGKILL); time.sleep(0.1)"
    result = run("a = 1", before="emit(str(a))", bad=kill, after="emit(str(a + 1))")
    assert result.evidence == {"before": ("1",), "bad": (), "after": ("2",)}
    assert result.endings["bad"].how == "died"


def test_processes_that_stay_behind_are_ended(run: Run, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    stay = f"""
import os, signal, time
for escape in (lambda: None, os.setsid, lambda: (os.setsid(), os.fork() and os._exit(0))):
    if os.fork() == 0:
        escape()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with open({str(note)!r}, "a") as file: file.write(f"{{os.getpid()}}\\n")
        time.sleep(1000)
while open({str(note)!r}, "a").close() or len(open({str(note)!r}).read().split()) < 3: time.sleep(0.005)
"""
    result = run(stay, n="emit('1')")
    pids = [int(line) for line in note.read_text().split()]
    assert result.evidence["n"] == ("1",) and len(pids) == 3
    assert not [pid for pid in pids if alive(pid)]


def test_processes_that_outlive_a_killed_zygote_are_ended(run: Run, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    stay = f"""
import os, signal, time
if os.fork() == 0:
    os.setsid()
    with open({str(note)!r}, "w") as file: file.write(str(os.getpid()))
    time.sleep(1000)
while not os.path.exists({str(note)!r}) or not open({str(note)!r}).read(): time.sleep(0.005)
os.kill(os.getppid(), signal.SIGKILL)
time.sleep(1000)
"""
    result = run("a = 1", bad=stay, good="emit(str(a))")
    assert result.endings["bad"].how == "died" and result.evidence["good"] == ("1",)
    assert not alive(int(note.read_text()))


def test_a_stopped_zygote_is_replaced(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "GRACE_SECONDS", 0.5)
    stop = "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\nos._exit(0)"
    begun = time.monotonic()
    result = run(limits=Limits(step_seconds=0.5, job_seconds=1.0), bad=stop)
    assert result.endings["bad"].how == "died" and time.monotonic() - begun < 5


def test_scratch_is_removed_however_it_was_left(run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("mine")
    leave = f"""
import os
here = os.getcwd()
os.symlink({str(tmp_path)!r}, "link")
os.mkdir("closed"); open("closed/file", "w").close(); os.chmod("closed", 0)
for _ in range(1500): os.mkdir("d"); os.chdir("d")
"""
    result = run(leave, n="emit(here)", limits=Limits(step_seconds=5))
    assert not os.path.exists(result.evidence["n"][0]) and kept.read_text() == "mine"
