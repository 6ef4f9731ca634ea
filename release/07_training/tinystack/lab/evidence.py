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
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

SCHEMA = "tinystack.evidence/1"
MIME_TYPE = "application/vnd.tinystack.evidence"
"""The output type under which a notebook carries evidence. Its value is JSON text on one line."""

MAX_BYTES = 256 * 1024
"""An experiment's evidence is some 20 kB; ten times that is a flood."""

MAX_TEXT = 500
"""Longest text kept of a message or name."""

_quoted = json.JSONEncoder().encode
"""Returns a text as a JSON string, in ASCII."""


def encode(value: Any) -> str:
    """Return one observed value as JSON text; what is no plain data is recorded by its type's name alone."""
    if type(value) is float and math.isfinite(value):
        return f'{{"kind":"number","value":{value!r}}}'
    if value is None:
        return '{"kind":"none"}'
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        return _encode_array(value)
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return _encode_scalar(value)
    if isinstance(value, str):
        return f'{{"kind":"text","value":{_quoted(str(value)[:MAX_TEXT])}}}'
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return encoded_list([encode(item) for item in value])
    if isinstance(value, Mapping):
        items = {_name(name)[:MAX_TEXT]: encode(item) for name, item in value.items()}
        return f'{{"kind":"mapping","items":{json_object(items)}}}'
    return _encode_other(value)


def _name(key: Any) -> str:
    """Return a key as text; one of an enumeration of texts is the text that it equals."""
    return str.__str__(key) if isinstance(key, str) else str(key)


def encoded_list(items: Iterable[str]) -> str:
    """Return the list of values that are encoded already."""
    return f'{{"kind":"list","items":[{",".join(items)}]}}'


def _encode_array(value: "np.ndarray[Any, Any]") -> str:
    array = np.asarray(value, dtype=np.float64)
    if array.ndim == 0:
        return f'{{"kind":"number","value":{_number(float(array))}}}'
    numbers = array.ravel().tolist()
    data = ",".join(map(repr, numbers))
    if "n" in data:  # a nan or an inf
        data = ",".join(map(_number, numbers))
    return f'{{"kind":"array","shape":[{",".join(map(str, array.shape))}],"data":[{data}]}}'


def _encode_scalar(value: Any) -> str:
    try:
        return f'{{"kind":"number","value":{_number(float(value))}}}'
    except (OverflowError, TypeError, ValueError):
        return _encode_other(value)


def _encode_other(value: Any) -> str:
    return f'{{"kind":"other","type":{_quoted(type(value).__name__[:MAX_TEXT])}}}'


def _number(value: float) -> str:
    """Return a JSON number, or the name of a value that JSON has no number for."""
    if math.isfinite(value):
        return repr(value)
    if math.isnan(value):
        return '"NaN"'
    return '"Infinity"' if value > 0 else '"-Infinity"'


def json_object(values: Mapping[str, str]) -> str:
    """Return a JSON object, on one line, of values that are JSON texts already."""
    return f"{{{','.join([f'{_quoted(name)}:{value}' for name, value in values.items()])}}}"


def error_text(error: dict[str, str] | None) -> str:
    """Return an error, or that there is none, as JSON text."""
    return "null" if error is None else json_object({name: _quoted(text) for name, text in error.items()})


def evidence_text(experiment: str, error: dict[str, str] | None, parts: dict[str, str]) -> str:
    """Return evidence as JSON text on one line; parts too large are left out, with an error that says so.

    parts: each part's error and observations, as JSON text.
    """
    head = {"schema": _quoted(SCHEMA), "experiment": _quoted(experiment), "error": error_text(error)}
    text = json_object({**head, "parts": json_object(parts)})
    while len(text) > MAX_BYTES and parts:
        parts = _without_largest_part(parts)
        text = json_object({**head, "parts": json_object(parts)})
    return text


def part_text(error: dict[str, str] | None, observed: Mapping[str, str]) -> str:
    """Return a part's error and observations, which are encoded already, as JSON text."""
    return json_object({"error": error_text(error), "observed": json_object(observed)})


def _without_largest_part(parts: dict[str, str]) -> dict[str, str]:
    """Replace the observations of the largest part by an error, so that the other parts are kept."""
    largest = max(parts, key=lambda name: len(parts[name]))
    message = f"the observations of this part take {len(parts[largest])} bytes"
    error = {"type": "EvidenceTooLarge", "message": message, "where": ""}
    return {**parts, largest: part_text(error, {})}


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
