"""Evidence as hostile input: read exactly, or refused with Unusable and nothing else."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graders import evidence
from graders.evidence import MAX_BYTES, MAX_KEPT, MAX_NUMBERS, SCHEMA, Other, Unusable, parse
from tinystack.lab import evidence as lab

FLOATS = st.floats(width=64)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PLAIN = st.recursive(
    st.none() | FLOATS | st.text(max_size=8) | st.lists(FLOATS, max_size=6).map(np.array),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def record(value: Any = None, **changes: Any) -> dict[str, Any]:
    part = {"error": None, "observed": {"x": value if value is not None else {"kind": "none"}}}
    return {"schema": SCHEMA, "experiment": "e", "error": None, "parts": {"p": part}, **changes}


def written(value: Any) -> str:
    """Return evidence with one observation, as the lab writes it."""
    return lab.evidence_text("e", None, {"p": lab.part_text(None, {"x": lab.encode(value)})})


def read(value: Any) -> evidence.Value:
    """Parse evidence with one observation, given in the schema."""
    return parse(json.dumps(record(value))).parts["p"].value("x")


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same bit by bit; a NaN equals a NaN."""
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(same(one[k], other[k]) for k in one)
        )
    if isinstance(one, (float, np.ndarray)):
        return np.asarray(one).tobytes() == np.asarray(other, dtype=np.float64).tobytes() or (
            np.shape(one) == np.shape(other) and np.array_equal(one, other, equal_nan=True)
        )
    return type(one) is type(other) and bool(one == other)


@given(PLAIN)
def test_what_the_lab_writes_is_read_exactly(value: Any) -> None:
    assert same(value, parse(written(value)).parts["p"].value("x"))


@given(FLOATS)
@example(5e-324)
@example(-0.0)
@example(1.7976931348623157e308)
@example(0.1 + 0.2)
def test_a_float64_survives_bit_by_bit(number: float) -> None:
    got = parse(written(number)).parts["p"].number("x")
    assert (
        math.isnan(got) if math.isnan(number) else np.float64(got).tobytes() == np.float64(number).tobytes()
    )


@pytest.mark.parametrize(("name", "number"), [("Infinity", math.inf), ("-Infinity", -math.inf)])
def test_infinities_travel_by_name(name: str, number: float) -> None:
    assert json.loads(lab.encode(number)) == {"kind": "number", "value": name}
    assert read({"kind": "number", "value": name}) == number
    assert read({"kind": "array", "shape": [1], "data": [name]}) == np.array([number])


def test_nan_travels_by_name() -> None:
    assert json.loads(lab.encode(math.nan)) == {"kind": "number", "value": "NaN"}
    assert math.isnan(parse(json.dumps(record({"kind": "number", "value": "NaN"}))).parts["p"].number("x"))


@pytest.mark.parametrize("name", ["nan", "inf", "infinity", "+Infinity", "1e3", "1", "", " NaN", "NaN "])
def test_no_other_spelling_of_a_number_is_read(name: str) -> None:
    for value in ({"kind": "number", "value": name}, {"kind": "array", "shape": [1], "data": [name]}):
        with pytest.raises(Unusable):
            read(value)


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999", "0x1", "01"])
def test_numbers_that_json_does_not_have_are_refused(token: str) -> None:
    text = json.dumps(record({"kind": "number", "value": 12345})).replace("12345", token)
    with pytest.raises(Unusable):
        parse(text)


@given(JSON)
def test_json_outside_the_schema_is_unusable(value: Any) -> None:
    with pytest.raises(Unusable):
        parse(json.dumps(value))


@given(st.text() | st.binary() | st.none() | st.integers() | st.lists(st.text()))
def test_what_is_no_evidence_is_unusable(value: Any) -> None:
    with pytest.raises(Unusable):
        parse(value)


@given(st.data())
def test_a_record_with_one_piece_replaced_is_read_or_unusable(data: st.DataObject) -> None:
    whole = json.loads(written([1.0, {"a": np.ones((2, 2))}, None, "text", object()]))
    path = data.draw(st.sampled_from(list(paths(whole))))
    replaced = put(whole, path, data.draw(JSON | st.sampled_from(["number", "array", "list", "mapping"])))
    with contextlib.suppress(Unusable):
        parse(json.dumps(replaced))


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [path, *(deeper for key in keys for deeper in paths(value[key], (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


MALFORMED = {
    "no schema": {k: v for k, v in record().items() if k != "schema"},
    "another version": record(schema="tinystack.evidence/2"),
    "a field too many": record(passed=True),
    "no parts": {k: v for k, v in record().items() if k != "parts"},
    "parts as a list": record(parts=[]),
    "an experiment that is no text": record(experiment=1),
    "an error that is text": record(error="KeyError"),
    "an unknown kind": record({"kind": "code", "value": "1"}),
    "no kind": record({"value": 1.0}),
    "a field too many in a value": record({"kind": "number", "value": 1.0, "score": 15}),
    "a number that is a bool": record({"kind": "number", "value": True}),
    "a number that is null": record({"kind": "number", "value": None}),
    "a value that is no object": record(1.0),
    "shape too large": record({"kind": "array", "shape": [3], "data": [1.0]}),
    "shape too small": record({"kind": "array", "shape": [0], "data": [1.0]}),
    "a negative shape": record({"kind": "array", "shape": [-1, -1], "data": [1.0]}),
    "a fractional shape": record({"kind": "array", "shape": [1.5], "data": [1.0]}),
    "a huge shape": record({"kind": "array", "shape": [2**62, 2**62], "data": []}),
    "zero times huge": record({"kind": "array", "shape": [0, 2**62, 2**62], "data": []}),
    "a shape beyond 64 bits": record({"kind": "array", "shape": [0, 2**64], "data": []}),
    "too many axes": record({"kind": "array", "shape": [1] * 100, "data": [1.0]}),
    "nested data": record({"kind": "array", "shape": [1], "data": [[1.0]]}),
    "an integer beyond float64": record({"kind": "number", "value": 10**400}),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_evidence_is_unusable(name: str) -> None:
    with pytest.raises(Unusable):
        parse(json.dumps(MALFORMED[name]))


@pytest.mark.parametrize("depth", [10, 1000, 20_000])
def test_deep_nesting_is_read_or_unusable(depth: int) -> None:
    opening, closing = '{"kind":"list","items":[', "]}"
    text = json.dumps(record()).replace('{"kind": "none"}', opening * depth + closing * depth)
    try:
        parse(text)
    except Unusable:
        assert depth > 10


def test_evidence_over_the_size_limit_is_unusable_and_says_so() -> None:
    text = json.dumps(record({"kind": "text", "value": "x" * MAX_BYTES}))
    with pytest.raises(Unusable, match=str(MAX_BYTES)):
        parse(text)


def test_bytes_are_counted_and_not_characters() -> None:
    with pytest.raises(Unusable, match="bytes"):
        parse("é" * (MAX_BYTES // 2 + 1))


def test_an_array_over_the_limit_of_numbers_is_unusable() -> None:
    with pytest.raises(Unusable, match=str(MAX_NUMBERS)):
        read({"kind": "array", "shape": [MAX_NUMBERS + 1], "data": [0] * (MAX_NUMBERS + 1)})


def test_lone_surrogates_do_no_harm() -> None:
    with pytest.raises(Unusable):
        parse("\ud800")
    assert isinstance(parse(json.dumps(record({"kind": "text", "value": "a"}))).parts["p"].value("x"), str)


def test_the_lab_and_the_grader_agree_on_names_and_limits() -> None:
    assert (lab.SCHEMA, lab.MIME_TYPE, lab.MAX_BYTES) == (SCHEMA, evidence.MIME_TYPE, MAX_BYTES)
    assert lab.MAX_TEXT == evidence.MAX_TEXT


def test_texts_that_are_shown_are_no_longer_than_the_lab_writes_them() -> None:
    """Longer ones would fill the feedback, and take seconds in the patterns that look for a cause."""
    long = "FileNotFoundError: " * 1_000
    error = {"type": long, "message": long, "where": long}
    part = {"error": error, "observed": {"x": {"kind": "other", "type": long}}}
    got = parse(json.dumps(record(error=error, parts={"p": part})))
    for cut in (got.error, got.parts["p"].error):
        assert cut is not None and [cut.type, cut.message, cut.where] == [long[:500]] * 3
    assert got.parts["p"].value("x") == Other(long[:500])


def test_what_is_no_plain_data_is_known_by_the_name_of_its_type() -> None:
    class Tensor:
        pass

    for value, name in ((Tensor(), "Tensor"), (True, "bool"), (1j, "complex"), (10**400, "int")):
        assert parse(written(value)).parts["p"].value("x") == Other(name)
    assert parse(written(np.array(["a"]))).parts["p"].value("x") == Other("ndarray")


def test_evidence_too_large_for_the_lab_says_so_in_its_place() -> None:
    large, small = lab.encode([np.ones(1000)] * 100), lab.encode(2.5)
    parts = {
        name: lab.part_text(None, {"x": value})
        for name, value in (("first", small), ("flood", large), ("second flood", large), ("last", small))
    }
    got = parse(lab.evidence_text("e", None, parts))
    assert got.error is None and list(got.parts) == list(parts)
    for name in ("flood", "second flood"):
        error = got.parts[name].error
        assert error is not None and error.type == "EvidenceTooLarge" and not got.parts[name].observed
    for name in ("first", "last"):
        assert got.parts[name].error is None and got.parts[name].number("x") == 2.5


ACCESS = {
    "array": [1.0, [1.0], None, "x", {}],
    "number": [np.ones(1), [1.0], None, "x", {}, Other("bool")],
    "items": [np.ones(1), 1.0, None, "x", {}],
    "numbers": [np.ones(1), 1.0, [1.0, None], [np.ones(1)], ["1"]],
    "rows": [np.ones((2, 2)), [], [1.0], [np.ones(1), np.ones(2)], [np.ones(1), None], None],
}


@pytest.mark.parametrize("accessor", ACCESS)
def test_a_criterion_that_asks_for_another_kind_gets_unusable(accessor: str) -> None:
    for value in ACCESS[accessor]:
        part = evidence.PartEvidence("p", None, {"x": value})
        with pytest.raises(Unusable):
            getattr(part, accessor)("x")
    with pytest.raises(Unusable, match="'x'"):
        getattr(evidence.PartEvidence("p", None, {}), accessor)("x")


def test_the_same_text_is_read_once() -> None:
    text = json.dumps(record({"kind": "number", "value": 1.5}))
    assert parse(text) is parse(text[:1] + text[1:])


def test_a_part_that_is_the_same_in_another_text_is_read_once() -> None:
    parts = {name: {"error": None, "observed": {"x": {"kind": "text", "value": name}}} for name in "ab"}
    other = {**parts, "b": {"error": None, "observed": {}}}
    one, two = (parse(json.dumps(record(parts=each))) for each in (parts, other))
    assert one is not two and one.parts["b"] is not two.parts["b"]
    assert one.parts["a"] is two.parts["a"]
    renamed = parse(json.dumps(record(parts={"c": parts["a"]})))
    assert renamed.parts["c"].name == "c"


def test_a_long_text_is_read_anew_each_time() -> None:
    text = json.dumps(record({"kind": "array", "shape": [20_000], "data": [0.25] * 20_000}))
    assert len(text) > MAX_KEPT
    one, other = parse(text), parse(text)
    assert one is not other
    assert same(one.parts["p"].value("x"), other.parts["p"].value("x"))
