"""What the zygote lets through of a child's frames: texts and numbers within limits, and nothing else."""

from __future__ import annotations

from typing import Any

from .errors import MAX_TEXT, clean
from .frames import Frame
from .shell import MAX_EVIDENCE_CHARS, MAX_EVIDENCE_TEXTS

MAX_LINE_NUMBER = 1 << 31
"""No cell has as many lines; a larger number is hostile."""


def done_frame(step: int, error: Any, evidence: Any) -> Frame | None:
    """Return the frame that says that a step has ended; None if its evidence is no list of texts."""
    if not isinstance(evidence, list) or not all(isinstance(text, str) for text in evidence):
        return None
    texts = [clean(text, MAX_EVIDENCE_CHARS) for text in evidence[:MAX_EVIDENCE_TEXTS]]
    checked = _error(error) if isinstance(error, dict) else None
    return {"kind": "done", "step": step, "error": checked, "evidence": texts}


def _error(error: Frame) -> Frame:
    texts = {key: _text(error.get(key)) for key in ("type", "message", "function")}
    return {**texts, **{key: _number(error.get(key)) for key in ("line", "cell")}}


def _text(value: Any) -> str:
    return clean(value, MAX_TEXT) if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < MAX_LINE_NUMBER else None
