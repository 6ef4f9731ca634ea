"""Evidence as it arrives: numbers observed by an experiment, parsed as hostile input.

The schema is described in `tinystack/lab/evidence.py` of the assignment, which writes it. Nothing here trusts
that the text was written there: size, depth, types and shapes are checked, and whatever is missing or of
another kind raises `Unusable` when a criterion asks for it, so that no criterion passes on less than it asked
for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SCHEMA = "tinystack.evidence/1"
MIME_TYPE = "application/vnd.tinystack.evidence"

MAX_BYTES = 256 * 1024
"""The lab never writes more; an experiment's evidence is some 20 kB."""

MAX_NUMBERS = 20_000
"""Numbers in one array; the largest array of the experiments has about 500."""

MAX_TEXT = 500
"""Characters kept of an error's texts and of the name of a type; the lab writes no more."""

MAX_DIMENSIONS = 4
"""The experiments' arrays have one or two."""

KEPT = 256
"""Texts whose evidence is kept: of correct work, many students leave the very same one for the same nonce."""

MAX_KEPT = 48 * 1024
"""Characters of a text that is kept."""

KEPT_PARTS = 512
"""Parts that are kept: work with a bug differs from correct work in some parts of an experiment only."""


class Unusable(Exception):
    """Evidence, or a piece of it, that is missing, malformed or of the wrong kind. The message says what."""


class _Error(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    message: str
    where: str


class _Number(msgspec.Struct, tag_field="kind", tag="number", forbid_unknown_fields=True):
    value: float | Literal["NaN", "Infinity", "-Infinity"]


class _Array(msgspec.Struct, tag_field="kind", tag="array", forbid_unknown_fields=True):
    shape: list[int]
    data: list[float | Literal["NaN", "Infinity", "-Infinity"]]


class _List(msgspec.Struct, tag_field="kind", tag="list", forbid_unknown_fields=True):
    items: list[_Value]


class _Mapping(msgspec.Struct, tag_field="kind", tag="mapping", forbid_unknown_fields=True):
    items: dict[str, _Value]


class _Text(msgspec.Struct, tag_field="kind", tag="text", forbid_unknown_fields=True):
    value: str


class _Nothing(msgspec.Struct, tag_field="kind", tag="none", forbid_unknown_fields=True):
    pass


class _Other(msgspec.Struct, tag_field="kind", tag="other", forbid_unknown_fields=True):
    type: str


_Value = _Number | _Array | _List | _Mapping | _Text | _Nothing | _Other


class _Part(msgspec.Struct, forbid_unknown_fields=True):
    error: _Error | None
    observed: dict[str, _Value]


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    schema: str
    experiment: str
    error: _Error | None
    parts: dict[str, msgspec.Raw]


@dataclass(frozen=True)
class Other:
    """A value that is no plain data: only the name of its type is known."""

    type: str

    def __str__(self) -> str:
        return f"an object of type {self.type}"


Value = float | Array | list["Value"] | dict[str, "Value"] | str | None | Other


@dataclass(frozen=True)
class StudentError:
    """An error that the student's code raised in an experiment.

    where: a line of the student's, or empty.
    """

    type: str
    message: str
    where: str

    def __str__(self) -> str:
        what = f"{self.type}: {self.message}" if self.message else self.type
        return what + (f" ({self.where})" if self.where else "")


@dataclass(frozen=True, eq=False)
class PartEvidence:
    """What one part of an experiment observed.

    Nobody changes it: the same text may be the same object. It equals itself alone.
    """

    name: str
    error: StudentError | None
    observed: Mapping[str, Value]

    def value(self, name: str) -> Value:
        """Return an observation. Raises Unusable if there is none of that name."""
        if name not in self.observed:
            raise Unusable(f"nothing was observed of {name!r}")
        return self.observed[name]

    def array(self, name: str) -> Array:
        """Return an observed array. Raises Unusable if it is something else."""
        value = self.value(name)
        if not isinstance(value, np.ndarray):
            raise Unusable(f"{name!r} is {describe(value)} instead of an array")
        return value

    def number(self, name: str) -> float:
        """Return an observed number. Raises Unusable if it is something else."""
        return as_number(self.value(name), name)

    def items(self, name: str) -> Sequence[Value]:
        """Return an observed list. Raises Unusable if it is something else."""
        value = self.value(name)
        if not isinstance(value, list):
            raise Unusable(f"{name!r} is {describe(value)} instead of a list")
        return value

    def numbers(self, name: str) -> Array:
        """Return an observed list of numbers as a vector. Raises Unusable if an item is something else."""
        return np.array([as_number(item, name) for item in self.items(name)], dtype=np.float64)

    def rows(self, name: str) -> Array:
        """Return an observed list of equally long vectors as a matrix. Raises Unusable otherwise."""
        vectors = self.items(name)
        if not vectors or not all(isinstance(vector, np.ndarray) for vector in vectors):
            raise Unusable(
                f"{name!r} holds {describe(vectors[0]) if vectors else 'nothing'} instead of vectors"
            )
        if len({np.shape(vector) for vector in vectors}) > 1:  # type: ignore[arg-type]
            raise Unusable(f"the vectors of {name!r} have different lengths")
        return np.array(vectors, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What one experiment observed, part by part. `error` is set where it was cut short between parts.

    Nobody changes it: the same text may be the same object. It equals itself alone.
    """

    experiment: str
    error: StudentError | None
    parts: Mapping[str, PartEvidence] = field(default_factory=dict)


def as_number(value: Value, name: str) -> float:
    """Return a value that must be a number, NaN and infinities included. Raises Unusable otherwise."""
    if not isinstance(value, float):
        raise Unusable(f"{name!r} is {describe(value)} instead of a number")
    return value


def describe(value: Value) -> str:
    """Name a value in a few words, for a message."""
    if value is None:
        return "None"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"a dict of {len(value)}"
    return str(value)


def parse(text: object) -> Evidence:
    """Read evidence as it was found in a notebook.

    Raises:
        Unusable: it is no text, too large, no JSON, of another schema or version, or its shapes do not fit.
    """
    if not isinstance(text, str):
        raise Unusable(f"evidence is {type(text).__name__} instead of text")
    return _kept(text) if len(text) <= MAX_KEPT else _parsed(text, _part)


def _parsed(text: str, read_part: Callable[[str, bytes], PartEvidence]) -> Evidence:
    raw = text.encode("utf-8", "replace")
    if len(raw) > MAX_BYTES:
        raise Unusable(f"evidence takes {len(raw)} bytes, and {MAX_BYTES} are allowed")
    try:
        record = _DECODER.decode(raw)
        if record.schema != SCHEMA:
            raise Unusable(f"evidence has the schema {record.schema[:40]!r} instead of {SCHEMA!r}")
        parts = {name: read_part(name, bytes(part)) for name, part in record.parts.items()}
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unusable(f"evidence cannot be read: {error}") from None
    return Evidence(record.experiment, _error(record.error), parts)


_DECODER = msgspec.json.Decoder(_Record)
_PART_DECODER = msgspec.json.Decoder(_Part)


@lru_cache(KEPT)
def _kept(text: str) -> Evidence:
    return _parsed(text, _kept_part)


def _part(name: str, text: bytes) -> PartEvidence:
    part = _PART_DECODER.decode(text)
    return PartEvidence(name, _error(part.error), _values(part.observed))


_kept_part = lru_cache(KEPT_PARTS)(_part)


def _error(error: _Error | None) -> StudentError | None:
    if error is None:
        return None
    return StudentError(*(text[:MAX_TEXT] for text in (error.type, error.message, error.where)))


def _values(values: dict[str, _Value]) -> dict[str, Value]:
    return {name: _PLAIN[type(value)](value) for name, value in values.items()}


def _list(value: _List) -> list[Value]:
    return [_PLAIN[type(item)](item) for item in value.items]


def _array(value: _Array) -> Array:
    shape, data = value.shape, value.data
    if len(shape) > MAX_DIMENSIONS or any(not 0 <= side <= MAX_NUMBERS for side in shape):
        raise Unusable(f"an array has the shape {str(shape)[:80]}, and {MAX_NUMBERS} numbers are allowed")
    if math.prod(shape) != len(data):
        raise Unusable(f"an array of shape {shape} comes with {len(data)} numbers")
    if len(data) > MAX_NUMBERS:
        raise Unusable(f"an array has {len(data)} numbers, and {MAX_NUMBERS} are allowed")
    array = np.array(data, dtype=np.float64)  # which reads names as float() does
    return array if len(shape) == 1 else array.reshape(shape)


_PLAIN: Mapping[type, Callable[[Any], Value]] = {
    _Number: lambda number: float(number.value),  # "NaN" and "Infinity" are spelled as float() reads them
    _Array: _array,
    _List: _list,
    _Mapping: lambda mapping: _values(mapping.items),
    _Text: lambda text: text.value,
    _Nothing: lambda nothing: None,
    _Other: lambda other: Other(other.type[:MAX_TEXT]),
}
