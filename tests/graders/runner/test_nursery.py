"""One nursery for several runners: each has a zygote of its own, and no part in another's."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import pytest

from graders.runner import Job, Limits, Runner, RunnerError
from graders.runner.nursery import Nursery, offered
from graders.runner.protocol import Begin
from graders.runner.state import JobState
from graders.runner.zygote_process import ZygoteProcess
from graders.sandbox import SANDBOXED, UNPROTECTED, machine

PATIENCE = 60.0
EMIT = "from tinystack.lab import emit\n"
NEVER_ENDS = "import time\nwhile True: time.sleep(0.01)"


@pytest.fixture(autouse=True)
def sandbox_here() -> None:
    """Only zygotes in the sandbox share a nursery."""
    if faults := machine.missing():
        message = machine.explain("this machine lacks what it needs", faults)
        if "CI" in os.environ:
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture
def nursery(assignment: Path) -> Iterator[Nursery]:
    """A nursery that is offered to all runners of this process."""
    made = Nursery(assignment)
    made.offer()
    yield made
    made.kill()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def said(runner: Runner, code: str) -> str:
    """What an expression is in a job."""
    job = Job((f"value = str({code})",), (("said", f"{EMIT}emit(value)"),), "n", False)
    return runner.run(job).evidence["said"][0]


def below(process: int) -> set[int]:
    """The ids of all processes that a process and those below it have started, and that have not ended."""
    found: set[int] = set()
    for folder in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # it has ended
            for child in map(int, folder.read_text().split()):
                if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    found |= {child, *below(child)}
    return found


def test_runners_share_a_nursery_that_is_offered_and_have_a_zygote_each(
    nursery: Nursery, assignment: Path
) -> None:
    with Runner(assignment) as one:
        with_one = len(below(nursery._process.pid))
        with Runner(assignment) as other:
            assert one._running_zygote()._own is other._running_zygote()._own is None
            assert len(below(nursery._process.pid)) == with_one + 2  # with its keeper
            assert [said(runner, "1 + 1") for runner in (one, other, one)] == ["2", "2", "2"]


def test_a_runner_of_other_files_or_without_the_sandbox_has_a_nursery_of_its_own(
    nursery: Nursery, assignment: Path, tmp_path: Path
) -> None:
    assert offered(assignment, SANDBOXED) is nursery and offered(assignment, UNPROTECTED) is None
    (tmp_path / "tinystack").mkdir()
    for path in (assignment / "tinystack").glob("*.py"):
        (tmp_path / "tinystack" / path.name).write_bytes(path.read_bytes())
    assert offered(tmp_path, SANDBOXED) is nursery
    (tmp_path / "tinystack" / "more.py").write_text("number = 7\n")
    assert offered(tmp_path, SANDBOXED) is None
    with Runner(tmp_path) as runner:
        assert runner._running_zygote()._own is not None
        assert said(runner, "__import__('tinystack.more').more.number") == "7"


def test_a_runner_that_closes_ends_its_zygote_and_no_other(nursery: Nursery, assignment: Path) -> None:
    with Runner(assignment) as other:
        with Runner(assignment) as one:
            both = len(below(nursery._process.pid))
            assert said(one, "1") == "1"
        until(lambda: len(below(nursery._process.pid)) < both)
        assert said(other, "2") == "2"


def begun(assignment: Path, code: str) -> ZygoteProcess:
    """A zygote that is in the middle of a job, which has a cell of this code and does not end by itself."""
    limits = Limits(step_seconds=PATIENCE, job_seconds=PATIENCE)
    state = JobState(Job((f"{code}\n{NEVER_ENDS}",), (), "n", False), limits)
    zygote = ZygoteProcess(assignment)
    zygote.send(state.request(state.next_attempt(), asdict(limits)), time.monotonic() + PATIENCE)
    assert zygote.receive(time.monotonic() + PATIENCE) == Begin(0)
    return zygote


def test_a_zygote_ends_with_its_channel_while_others_go_on(nursery: Nursery, assignment: Path) -> None:
    """So no zygote holds another one's channel, and a worker that is killed leaves no job behind."""
    with Runner(assignment) as earlier:
        alone = below(nursery._process.pid)
        zygote = begun(assignment, "")
        with Runner(assignment) as later:
            with_later = len(below(nursery._process.pid))
            zygote._channel.close()
            until(lambda: len(below(nursery._process.pid)) == with_later - 3)  # zygote, keeper and job
            assert [said(runner, "2") for runner in (earlier, later)] == ["2", "2"]
        until(lambda: below(nursery._process.pid) == alone)


def test_a_zygote_whose_keeper_is_killed_is_replaced_by_another_one_of_the_nursery(
    nursery: Nursery, assignment: Path
) -> None:
    with Runner(assignment) as runner:
        os.kill(max(below(nursery._process.pid)), signal.SIGKILL)  # the last one to be forked
        assert said(runner, "3") == "3"
        assert runner._running_zygote()._own is None


def test_where_the_nursery_is_lost_a_runner_starts_one_of_its_own(nursery: Nursery, assignment: Path) -> None:
    with Runner(assignment) as runner:
        assert said(runner, "1") == "1"
        os.kill(nursery._process.pid, signal.SIGKILL)
        until(lambda: not nursery.alive())
        assert said(runner, "2") == "2"
        assert runner._running_zygote()._own is not None


def test_more_modules_are_imported_for_zygotes_to_come(nursery: Nursery, assignment: Path) -> None:
    loaded = "'wave' in __import__('sys').modules"
    with Runner(assignment) as earlier:
        assert said(earlier, loaded) == "False"
        nursery.preload(["wave"])
        with Runner(assignment) as later:
            assert said(later, loaded) == "True"
        assert said(earlier, loaded) == "False"


def test_a_nursery_that_cannot_import_says_why_to_every_runner(tmp_path: Path) -> None:
    (tmp_path / "tinystack").mkdir()
    (tmp_path / "tinystack" / "__init__.py").write_text("raise RuntimeError('broken')")
    nursery = Nursery(tmp_path)
    nursery.offer()
    try:
        for _ in range(2):
            with pytest.raises(RunnerError, match=r"broken.*copy it from there again"), Runner(tmp_path):
                pass
    finally:
        nursery.kill()


def test_jobs_of_one_nursery_see_nothing_of_each_other(nursery: Nursery, assignment: Path) -> None:
    """Neither processes, nor files, nor descriptors, nor what the other one's code has changed."""
    marks = "import builtins; builtins.mark = open('/tmp/mark', 'w'), open('/dev/shm/mark', 'w')"
    with Runner(assignment) as runner:
        zygote = begun(assignment, marks)
        assert said(runner, "len([n for n in __import__('os').listdir('/proc') if n.isdigit()])") == "2"
        for folder in ("/tmp", "/dev/shm"):
            assert said(runner, f"__import__('os').path.exists('{folder}/mark')") == "False"
        assert said(runner, "hasattr(__import__('builtins'), 'mark')") == "False"
        targets = (
            "[p.readlink() for p in __import__('pathlib').Path('/proc/self/fd').iterdir() if p.is_symlink()]"
        )
        assert "socket:" not in said(runner, targets)
        zygote.kill()


def test_closing_leaves_no_process_and_no_folder(assignment: Path) -> None:
    nursery = Nursery(assignment)
    nursery.offer()
    with Runner(assignment) as runner:
        assert said(runner, "1") == "1"
        scratch = Path(nursery._scratch)
        assert scratch.exists()
    nursery.close()
    assert not scratch.exists() and offered(assignment, SANDBOXED) is None
    with pytest.raises(ProcessLookupError):
        os.kill(nursery._process.pid, 0)
