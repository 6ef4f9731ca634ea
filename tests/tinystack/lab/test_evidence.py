"""What is observed becomes JSON text in the schema of the evidence, whatever a student's code returned."""

from __future__ import annotations

import collections
import json
import math
from typing import Any

import numpy as np
import pytest

import tinystack
from tinystack.lab.evidence import MAX_BYTES, encode, evidence_text, part_text
from tinystack.lab.part import Part


class Claiming(np.ndarray):
    """An array whose methods tell of other numbers than it holds."""

    def astype(self, *args: Any, **kwargs: Any) -> np.ndarray:
        return np.array([9.0])

    def ravel(self, *args: Any, **kwargs: Any) -> np.ndarray:
        return np.array([8.0])

    def tolist(self) -> list[float]:
        return [7.0]


class Shouting(float):
    """A number that writes itself as no JSON."""

    def __repr__(self) -> str:
        return "!"


def number(value: float | str) -> dict[str, Any]:
    return {"kind": "number", "value": value}


def array(shape: list[int], data: list[float | str]) -> dict[str, Any]:
    return {"kind": "array", "shape": shape, "data": data}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, number(0.1)),
        (3, number(3.0)),
        (10**400, {"kind": "other", "type": "int"}),
        (np.float32(0.5), number(0.5)),
        (np.int8(3), number(3.0)),
        (Shouting(1.5), number(1.5)),
        (math.nan, number("NaN")),
        (-math.inf, number("-Infinity")),
        (np.array(2.5), number(2.5)),
        (np.array([[1, 2], [3, 4]]), array([2, 2], [1.0, 2.0, 3.0, 4.0])),
        (np.arange(6.0).reshape(2, 3).T, array([3, 2], [0.0, 3.0, 1.0, 4.0, 2.0, 5.0])),
        (np.array([1.0, math.nan, math.inf, -math.inf]), array([4], [1.0, "NaN", "Infinity", "-Infinity"])),
        (np.zeros((0, 3)), array([0, 3], [])),
        (np.array([1.5, 2.5]).view(Claiming), array([2], [1.5, 2.5])),
        (np.array([1j]), {"kind": "other", "type": "ndarray"}),
        (True, {"kind": "other", "type": "bool"}),
        (None, {"kind": "none"}),
        ('a "text"\n\u2028', {"kind": "text", "value": 'a "text"\n\u2028'}),
        (
            (1.0, [None]),
            {"kind": "list", "items": [number(1.0), {"kind": "list", "items": [{"kind": "none"}]}]},
        ),
        (
            collections.OrderedDict({'"': 1.0, 2: None}),
            {"kind": "mapping", "items": {'"': number(1.0), "2": {"kind": "none"}}},
        ),
        (tinystack.Tensor(1.0), {"kind": "other", "type": "Tensor"}),
    ],
    ids=repr,
)
def test_a_value_is_encoded_as_json_on_one_line(value, expected):
    text = encode(value)
    assert "\n" not in text and text.isascii()
    assert json.loads(text) == expected


def test_numbers_survive_exactly(rng):
    values = rng.normal(size=200) * 10.0 ** rng.integers(-300, 300, 200)
    values[:2] = -0.0, 5e-324
    back = np.array(json.loads(encode(values))["data"])
    assert back.tobytes() == values.tobytes()


def test_the_text_is_what_the_json_module_writes():
    error = {"type": "E", "message": 'a "message"', "where": ""}
    text = evidence_text("name", None, {"one": part_text(error, {"x": encode([0.5, {"é": None}])})})
    assert text == json.dumps(json.loads(text), separators=(",", ":"))
    assert json.loads(text)["parts"]["one"]["error"] == error


def test_the_largest_part_is_left_out_and_says_so():
    parts = {
        "small": part_text(None, {"x": encode(1.0)}),
        "large": part_text(None, {"x": '"' + "x" * MAX_BYTES + '"'}),
    }
    evidence = json.loads(evidence_text("name", None, parts))
    assert evidence["parts"]["small"]["observed"] == {"x": number(1.0)}
    assert evidence["parts"]["large"]["observed"] == {}
    assert evidence["parts"]["large"]["error"]["type"] == "EvidenceTooLarge"
    assert str(len(parts["large"])) in evidence["parts"]["large"]["error"]["message"]


def test_a_list_cannot_go_on_where_one_value_was_observed(rng):
    part = Part(tinystack, rng, np.zeros(2))
    part.observe("losses", 1.0)
    with pytest.raises(TypeError, match="'losses' was observed already"):
        part.append("losses", 2.0)


def test_a_folder_is_the_parts_own_and_goes_away_with_it(rng):
    with Part(tinystack, rng, np.zeros(2)) as one, Part(tinystack, rng, np.zeros(2)) as other:
        (one.folder() / "below").mkdir()
        (one.folder() / "below" / "file").write_text("text")
        assert one.folder() == one.folder() != other.folder()
        assert one.folder().stat().st_mode & 0o077 == 0
    assert not one.folder().exists() and not other.folder().exists()
