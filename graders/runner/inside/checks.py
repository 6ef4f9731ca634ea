"""What the keeper lets through of a job's frames: texts and numbers within limits, and nothing else.

What an event says is looked at by the client; here it is only made sure that it is one.
"""

from __future__ import annotations

from typing import Any

from .errors import MAX_TEXT, clean
from .frames import Frame

MAX_EVIDENCE_CHARS = 300_000
"""Longest evidence text handed on: over the 256 KiB that a judge accepts, so that a cut one is refused."""

MAX_EVIDENCE_TEXTS = 4
"""An experiment publishes once. A few more are handed on, so that the judge sees that there are several."""

MAX_LINE_NUMBER = 1 << 31
"""No cell has as many lines; a larger number is hostile."""


def done_frame(step: int, error: Any, evidence: Any) -> Frame | None:
    """Return the frame that says that a step has ended; None if its evidence is no list of texts."""
    if not isinstance(evidence, list) or not all(isinstance(text, str) for text in evidence):
        return None
    texts = [clean(text, MAX_EVIDENCE_CHARS) for text in evidence[:MAX_EVIDENCE_TEXTS]]
    checked = _error(error) if isinstance(error, dict) else None
    return {"kind": "done", "step": step, "error": checked, "evidence": texts}


def output_frame(event: Any) -> Frame | None:
    """Return the frame that says what a step shows; None if the event is none."""
    fields = _FIELDS.get(str(event.get("type"))) if isinstance(event, dict) else None
    if fields is None or event.keys() != {"type", *fields}:
        return None
    checked = {name: _CHECKS[name](event[name]) for name in fields}
    return None if _NONE in checked.values() else {"kind": "output", "event": {**event, **checked}}


def stream_frame(name: str, data: bytes) -> Frame:
    """Return the frame that says what was written to a file descriptor."""
    text = data.decode("utf-8", "replace")
    return {"kind": "output", "event": {"type": "stream", "name": name, "text": text}}


_NONE = object()
"""What a check makes of a value that may not be."""


def _plain_text(value: Any) -> Any:
    return clean(value, len(value)) if isinstance(value, str) else _NONE


def _stream_name(value: Any) -> Any:
    return value if value in ("stdout", "stderr") else _NONE


def _optional_text(value: Any) -> Any:
    return None if value is None else _plain_text(value)


def _flag(value: Any) -> Any:
    return value if isinstance(value, bool) else _NONE


def _texts(value: Any) -> Any:
    parts = [_plain_text(part) for part in value] if isinstance(value, list) else [_NONE]
    return _NONE if _NONE in parts else parts


def _texts_by_name(value: Any) -> Any:
    if not isinstance(value, dict):
        return _NONE
    pairs = {_plain_text(name): _plain_text(text) for name, text in value.items()}
    return _NONE if _NONE in pairs.values() else pairs


_CHECKS = {
    **dict.fromkeys(("text", "metadata", "ename", "evalue"), _plain_text),
    **dict.fromkeys(("update", "wait"), _flag),
    **dict.fromkeys(("data", "values"), _texts_by_name),
    "name": _stream_name,
    "display_id": _optional_text,
    "traceback": _texts,
}

_FIELDS = {
    "stream": ("name", "text"),
    "display": ("data", "values", "metadata", "display_id", "update"),
    "result": ("data", "values", "metadata"),
    "error": ("ename", "evalue", "traceback"),
    "clear": ("wait",),
    "left_out": (),
}
"""The kinds of events and their fields; see `events`."""


def _error(error: Frame) -> Frame:
    texts = {key: _text(error.get(key)) for key in ("type", "message", "function")}
    return {**texts, **{key: _number(error.get(key)) for key in ("line", "cell")}}


def _text(value: Any) -> str:
    return clean(value, MAX_TEXT) if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < MAX_LINE_NUMBER else None
