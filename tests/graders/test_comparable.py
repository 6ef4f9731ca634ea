"""Which evidence is the same: equal but for rounding, with one structure, and errors of the same types."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graders.comparable import Comparable, same
from graders.evidence import Evidence, Other, PartEvidence, StudentError

NAN, INF = float("nan"), float("inf")


def part(error: StudentError | None = None, **observed: Any) -> Evidence:
    return Evidence("e", None, {"p": PartEvidence("p", error, observed)})


def test_rounding_makes_no_difference_and_anything_larger_does() -> None:
    one = part(x=np.array([1.0, 2.0]), y=[3.0, {"z": 4.0}], n=float("nan"))
    assert same(one, part(x=np.array([1.0, 2.0 + 1e-13]), y=[3.0, {"z": 4.0 - 1e-13}], n=float("nan")))
    assert not same(one, part(x=np.array([1.0, 2.0 + 1e-6]), y=[3.0, {"z": 4.0}], n=float("nan")))
    assert not same(one, part(x=np.array([1.0, 2.0]), y=[3.0, {"z": 4.0 + 1e-6}], n=float("nan")))
    assert not same(one, part(x=np.array([1.0, 2.0]), y=[3.0, {"z": 4.0}], n=0.0))


def test_parts_observations_kinds_and_errors_must_be_the_same() -> None:
    error = StudentError("KeyError", "a message", "line 3")
    whole = part(x=[1.0, None, "text"])
    assert same(whole, part(x=[1.0, None, "text"]))
    for other in (
        part(),
        part(x=[1.0, None]),
        part(x=[1.0, None, "another"]),
        part(x=np.array([1.0])),
        part(x=[1.0, None, "text"], y=1.0),
        part(error, x=[1.0, None, "text"]),
        replace(whole, experiment="another"),
        replace(whole, error=error),
        replace(whole, parts={}),
        replace(whole, parts={"q": whole.parts["p"]}),
    ):
        assert not same(whole, other) and not same(other, whole)


def test_errors_are_the_same_by_type_and_not_by_words_or_place() -> None:
    one = part(StudentError("KeyError", "'a'", "line 3, in train_epoch"))
    assert same(one, part(StudentError("KeyError", "'b'", "line 90, in f")))
    assert not same(one, part(StudentError("TypeError", "'a'", "line 3, in train_epoch")))


@pytest.mark.parametrize("made", [float, lambda x: [x], lambda x: np.array([x, 1.0]), lambda x: {"a": x}])
@pytest.mark.parametrize("one", [NAN, INF, -INF, 0.0, 1e300])
@pytest.mark.parametrize("other", [NAN, INF, -INF, 0.0, 1e300])
def test_numbers_that_are_not_finite_are_the_same_as_themselves_alone(
    made: Any, one: float, other: float
) -> None:
    alike = one == other or (one != one and other != other)
    assert same(part(x=made(one)), part(x=made(other))) == alike


def test_structures_with_the_same_numbers_are_told_apart() -> None:
    values: list[Any] = [
        1.0,
        [1.0],
        [[1.0]],
        np.array([1.0]),
        np.array([[1.0]]),
        [np.array([1.0])],
        {"a": 1.0},
        {"b": 1.0},
        "1.0",
        None,
        Other("float"),
        [],
        np.zeros(0),
    ]
    for i, one in enumerate(values):
        for j, other in enumerate(values):
            assert same(part(x=one), part(x=other)) == (i == j), (one, other)


def test_the_order_of_parts_observations_and_keys_makes_no_difference() -> None:
    a, b = PartEvidence("a", None, {"x": 1.0, "y": {"u": 2.0, "v": 3.0}}), PartEvidence("b", None, {})
    other = PartEvidence("a", None, {"y": {"v": 3.0, "u": 2.0}, "x": 1.0})
    assert same(Evidence("e", None, {"a": a, "b": b}), Evidence("e", None, {"b": b, "a": other}))


def test_rounding_is_relative_to_the_largest_entry_of_an_array_and_to_each_number_elsewhere() -> None:
    assert same(part(x=np.array([1e6, 1.0])), part(x=np.array([1e6, 1.0 + 1e-4])))
    assert not same(part(x=[1e6, 1.0]), part(x=[1e6, 1.0 + 1e-4]))
    assert same(part(x=[1e6, 1.0]), part(x=[1e6 + 1e-4, 1.0]))
    assert not same(part(x=np.array([1e-6])), part(x=np.array([1e-6 + 1e-11])))


def test_one_is_compared_with_many() -> None:
    seen = Comparable(part(x=[1.0, 2.0]))
    found = [seen.equals(Comparable(part(x=[1.0, y]))) for y in (2.0, 2.0 + 1e-13, 3.0)]
    assert found == [True, True, False]
