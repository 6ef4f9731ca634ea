"""What comes out of a student's process: whole frames within limits, or nothing, however it is cut."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graders.runner import protocol
from graders.runner.inside import checks
from graders.runner.inside.lines import Lines

Mutate = Callable[..., str]

TOKEN = b"0123456789abcdef "

slow = (HealthCheck.too_slow, HealthCheck.data_too_large)
fuzz = settings(derandomize=False, print_blob=True, deadline=None, suppress_health_check=slow)

TEXT = st.text(max_size=8) | st.sampled_from(("\ud800", "\0", "stdout", "x" * 400_000))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
EVENTS = {
    "stream": {"type": "stream", "name": "stdout", "text": "hello"},
    "display": {
        "type": "display",
        "data": {"text/plain": "1"},
        "values": {"application/json": "{}"},
        "metadata": "{}",
        "display_id": None,
        "update": False,
    },
    "result": {"type": "result", "data": {"text/plain": "1"}, "values": {}, "metadata": "{}"},
    "error": {"type": "error", "ename": "KeyError", "evalue": "1", "traceback": ["a", "b"]},
    "clear": {"type": "clear", "wait": True},
    "left out": {"type": "left_out"},
}
REPLIES: dict[str, dict[str, Any]] = {
    "ready": {"kind": "ready"},
    "failed": {"kind": "failed", "message": "no sandbox", "sandbox": True},
    "begin": {"kind": "begin", "step": 3},
    "done": {
        "kind": "done",
        "step": 3,
        "error": {"type": "E", "message": "m", "function": "f", "line": 1, "cell": None},
        "evidence": ["{}"],
        "interrupted": False,
    },
    "output": {"kind": "output", "event": EVENTS["display"]},
    "ended": {
        "kind": "ended",
        "how": "exited",
        "status": 0,
        "finished": True,
        "output": "",
        "all_gone": True,
    },
}


def assert_reply_or_refused(body: bytes) -> None:
    try:
        reply = protocol.parse(body)
    except ValueError:
        return
    assert isinstance(reply, protocol.Reply)
    assert protocol.parse(msgspec.json.encode(reply)) == reply


@settings(fuzz, max_examples=300)
@given(body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_reply_or_refused(body: bytes) -> None:
    assert_reply_or_refused(body)


@pytest.mark.parametrize("kind", REPLIES)
@settings(fuzz, max_examples=40)
@given(data=st.data())
def test_a_changed_reply_is_a_reply_or_refused(kind: str, data: st.DataObject, mutate: Mutate) -> None:
    assert isinstance(protocol.parse(json.dumps(REPLIES[kind]).encode()), protocol.Reply)
    assert_reply_or_refused(mutate(data, REPLIES[kind]).encode())


@settings(fuzz, max_examples=150)
@given(error=JSON, evidence=JSON | st.lists(TEXT, max_size=6))
def test_what_is_let_through_of_a_step_is_a_reply_within_limits(error: Any, evidence: Any) -> None:
    frame = checks.done_frame(3, error, evidence)
    if frame is None:
        assert not isinstance(evidence, list) or not all(isinstance(text, str) for text in evidence)
        return
    reply = protocol.parse(json.dumps(frame).encode())
    assert isinstance(reply, protocol.Done) and reply.step == 3
    assert len(reply.evidence) <= checks.MAX_EVIDENCE_TEXTS
    assert all(len(text) <= checks.MAX_EVIDENCE_CHARS for text in reply.evidence)


@pytest.mark.parametrize("kind", EVENTS)
@settings(fuzz, max_examples=40)
@given(data=st.data())
def test_what_is_let_through_of_an_event_is_a_reply(kind: str, data: st.DataObject, mutate: Mutate) -> None:
    assert checks.output_frame(EVENTS[kind]) is not None
    try:
        event = json.loads(mutate(data, EVENTS[kind]))
    except RecursionError:
        return  # `Lines` lets no such line through
    frame = checks.output_frame(event)
    if frame is not None:
        assert isinstance(protocol.parse(json.dumps(frame).encode()), protocol.Output)


@settings(fuzz, max_examples=150)
@given(event=JSON)
def test_any_json_is_an_event_or_nothing(event: Any) -> None:
    frame = checks.output_frame(event)
    assert frame is None or isinstance(protocol.parse(json.dumps(frame).encode()), protocol.Output)


LINES = st.lists(
    st.one_of(
        JSON.map(lambda value: TOKEN + json.dumps(value).encode()),
        st.dictionaries(st.text(max_size=3), st.integers(), max_size=3).map(
            lambda value: TOKEN + json.dumps(value).encode()
        ),
        st.binary(max_size=40),
        st.binary(max_size=10).map(lambda data: TOKEN[:9] + data),
    ),
    max_size=8,
)


@settings(fuzz, max_examples=100)
@given(lines=LINES, data=st.data())
def test_the_same_frames_are_read_wherever_a_stream_is_cut(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"\n".join([*lines, b""])
    whole = Lines(TOKEN).feed(stream)
    reader, frames, rest = Lines(TOKEN), [], stream
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        frames += reader.feed(rest[:size])
        rest = rest[size:]
    assert repr(frames) == repr(whole)
    assert all(isinstance(frame, dict) for frame in whole)
    honest = [line for line in stream.split(b"\n") if line.startswith(TOKEN)]
    assert len(whole) <= len(honest)
    assert Lines(b"another token").feed(stream) == []
