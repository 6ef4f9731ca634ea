"""The runner's own faults and limits: named, and never a student's."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from graders.runner import Job, Runner, RunnerError
from graders.runner.inside.checks import done_frame
from graders.runner.inside.lines import MAX_LINE_BYTES, Lines
from graders.runner.protocol import Begin, Done, Ended, parse
from graders.runner.state import MAX_FALSE_STARTS, Attempt, JobState


def zygote_pid(runner: Runner) -> int:
    """The process id of a runner's zygote."""
    nursery = runner._running_zygote()._own
    assert nursery is not None
    return nursery._process.pid


def scratch_of(runner: Runner) -> Path:
    """The folder of a runner's nursery."""
    nursery = runner._running_zygote()._own
    assert nursery is not None
    return Path(nursery._scratch)


@pytest.mark.parametrize(
    "content", [None, "raise RuntimeError('broken')", "import not_there", "import sys; sys.exit(0)"]
)
def test_a_tinystack_that_cannot_be_imported_names_the_folder_and_the_remedy(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "tinystack").mkdir()
        (tmp_path / "tinystack" / "__init__.py").write_text(content)
    with pytest.raises(RunnerError) as raised, Runner(tmp_path):
        pass
    assert str(tmp_path) in str(raised.value) and "copy it from there again" in str(raised.value)


def test_a_zygote_that_dies_while_importing_says_so(tmp_path: Path) -> None:
    (tmp_path / "tinystack").mkdir()
    (tmp_path / "tinystack" / "__init__.py").write_text("import os; os.write(2, b'last words'); os._exit(1)")
    with pytest.raises(RunnerError, match="last words"), Runner(tmp_path):
        pass


def test_a_zygote_that_died_between_jobs_is_replaced_unnoticed(runner: Runner) -> None:
    job = Job(("a = 1",), (("n", "from tinystack.lab import emit\nemit(str(a))"),), "n", False)
    assert runner.run(job).evidence == {"n": ("1",)}
    os.kill(zygote_pid(runner), signal.SIGKILL)
    assert runner.run(job).evidence == {"n": ("1",)}


def test_closing_leaves_no_process_and_no_folder(assignment: Path) -> None:
    with Runner(assignment) as runner:
        runner.run(Job(("a = 1",), (), "n", False))
        pid, scratch = zygote_pid(runner), scratch_of(runner)
        assert scratch.exists()
    assert not scratch.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_experiments_of_the_same_name_are_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Job((), (("twice", ""), ("twice", "")), "n")


def test_attempts_that_never_begin_are_the_runners_fault() -> None:
    state = JobState(Job(("a",), (("n", ""),), "n"))
    ended = Ended("exited", 70, False, "no memory", True)
    for _ in range(MAX_FALSE_STARTS - 1):
        state.absorb(state.next_attempt(), ended)
    with pytest.raises(RunnerError, match="no memory"):
        state.absorb(state.next_attempt(), ended)


def test_a_forged_end_is_no_end() -> None:
    state = JobState(Job((), (("a", ""), ("b", "")), "n"))
    attempt = state.next_attempt()
    attempt.note(Begin(0))
    state.absorb(attempt, Ended("exited", 0, True, "", True))
    assert not state.settled() and state.next_attempt().steps == ["b"]


def test_replies_out_of_order_are_ignored() -> None:
    attempt = Attempt([0, "a"])
    for reply in (Begin(1), Done(0, None, ["early"]), Begin(0), Done(1, None, ["later"]), Begin(0), Begin(2)):
        attempt.note(reply)
    assert attempt.begun == 0 and attempt.done == {}
    for text in ("first", "second"):
        attempt.note(Done(0, None, [text]))
    assert attempt.done[0].evidence == ["first"]


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[" * 100_000, b'{"kind": "begin"}', b'{"kind":"begin","step":1.5}', b"\xff"]
)
def test_a_reply_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="reply"):
        parse(body)


@pytest.mark.parametrize("evidence", [None, "text", [1], [["x"]], {"0": "x"}])
def test_a_done_frame_with_evidence_of_another_kind_is_dropped(evidence: Any) -> None:
    assert done_frame(0, None, evidence) is None


def test_an_error_of_another_kind_is_reduced_to_texts_and_numbers() -> None:
    error = {"type": 1, "message": ["x"], "line": 10**30, "cell": True, "function": "f" * 10**6, "more": {}}
    frame = done_frame(0, error, [])
    assert frame is not None
    assert frame["error"] == {"type": "", "message": "", "line": None, "cell": None, "function": "f" * 500}


def test_lines_survive_any_garbage_between_them() -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed={seed}")
    rng = random.Random(seed)
    sent, stream = [], b""
    for number in range(200):
        stream += rng.randbytes(rng.randrange(40)) + b"\ntoken" + b'{"n": %d}' % number + b"\n"
        sent.append({"n": number})
    lines, received = Lines(b"token"), []
    while stream:
        cut = rng.randrange(1, 60)
        received += lines.feed(stream[:cut])
        stream = stream[cut:]
    assert received == sent


def test_a_line_that_is_too_long_is_dropped_and_the_next_is_read() -> None:
    lines = Lines(b"t")
    assert lines.feed(b"t" + b"x" * MAX_LINE_BYTES) == []
    assert lines.feed(b"y" * 100) == [] and lines.feed(b'{}\nt{"a": 1}\n') == [{"a": 1}]


def test_lines_without_the_token_or_that_are_no_object_are_dropped() -> None:
    lines = Lines(b"token")
    assert lines.feed(b'{"a": 1}\ntokem{"a": 1}\ntoken[1]\ntoken' + b"[" * 100_000 + b"\ntoken{\n") == []
