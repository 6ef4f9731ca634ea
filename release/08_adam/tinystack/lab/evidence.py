"""Evidence: the one thing that leaves the notebook, as numbers in a fixed schema.

{"schema": "tinystack.evidence/1", "experiment": "zero_grad", "error": null | ERROR,
 "parts": {"within_epoch": {"error": null | ERROR, "observed": {"gradients": VALUE, ...}}, ...}}

ERROR   {"type": "TypeError", "message": "...", "where": "cell line 12, in train_epoch"}
VALUE   {"kind": "number", "value": NUMBER} | {"kind": "array", "shape": [...], "data": [NUMBER, ...]}
        | {"kind": "list", "items": [VALUE, ...]} | {"kind": "mapping", "items": {"name": VALUE}}
        | {"kind": "text", "value": "..."} | {"kind": "none"} | {"kind": "other", "type": "Tensor"}
NUMBER  a JSON number written with 17 significant digits where needed, so that a float64 survives exactly,
        or one of "NaN", "Infinity", "-Infinity"
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

SCHEMA = "tinystack.evidence/1"
MIME_TYPE = "application/vnd.tinystack.evidence"
"""The output type under which a notebook carries evidence. Its value is JSON text on one line."""

MAX_BYTES = 256 * 1024
"""An experiment's evidence is some 20 kB; ten times that is a flood."""

MAX_TEXT = 500
"""Longest text kept of a message or name."""


def encode_number(value: float) -> float | str:
    """Return a JSON number, or the name of a value that JSON has no number for."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def encode(value: Any) -> dict[str, Any]:
    """Encode one observed value; whatever is no plain data is recorded by the name of its type alone."""
    if value is None:
        return {"kind": "none"}
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        return _encode_array(value)
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return _encode_scalar(value)
    if isinstance(value, str):
        return {"kind": "text", "value": str(value)[:MAX_TEXT]}
    if isinstance(value, (list, tuple)):
        return {"kind": "list", "items": [encode(item) for item in value]}
    if isinstance(value, Mapping):
        return {
            "kind": "mapping",
            "items": {str(name)[:MAX_TEXT]: encode(item) for name, item in value.items()},
        }
    return {"kind": "other", "type": type(value).__name__[:MAX_TEXT]}


def _encode_scalar(value: Any) -> dict[str, Any]:
    try:
        return {"kind": "number", "value": encode_number(float(value))}
    except (OverflowError, TypeError, ValueError):
        return {"kind": "other", "type": type(value).__name__[:MAX_TEXT]}


def _encode_array(value: "np.ndarray[Any, Any]") -> dict[str, Any]:
    if value.ndim == 0:
        return {"kind": "number", "value": encode_number(float(value))}
    flat = value.astype(np.float64).ravel()
    finite = bool(np.isfinite(flat).all())
    data = flat.tolist() if finite else [encode_number(number) for number in flat.tolist()]
    return {"kind": "array", "shape": list(value.shape), "data": data}


def to_json(evidence: dict[str, Any]) -> str:
    """Write evidence as JSON text on one line; parts too large are left out, with an error that says so."""
    text = _dumps(evidence)
    while len(text) > MAX_BYTES and evidence["parts"]:
        evidence = _without_largest_part(evidence)
        text = _dumps(evidence)
    return text


def _dumps(evidence: Any) -> str:
    return json.dumps(evidence, allow_nan=False, separators=(",", ":"))


def _without_largest_part(evidence: dict[str, Any]) -> dict[str, Any]:
    """Replace the observations of the largest part by an error, so that the other parts are kept."""
    sizes = {name: len(_dumps(part)) for name, part in evidence["parts"].items()}
    largest = max(sizes, key=lambda name: sizes[name])
    message = f"the observations of this part take {sizes[largest]} bytes"
    error = {"type": "EvidenceTooLarge", "message": message, "where": ""}
    return {**evidence, "parts": {**evidence["parts"], largest: {"error": error, "observed": {}}}}


def emit(experiment: str, text: str) -> None:
    """Publish evidence as one output of the running cell; outside IPython, print it."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        print(text)
        return
    shell = get_ipython()
    if shell is None:
        print(text)
        return
    label = f"evidence of the experiment {experiment}, {len(text)} bytes"
    shell.display_pub.publish(data={MIME_TYPE: text, "text/plain": label})
