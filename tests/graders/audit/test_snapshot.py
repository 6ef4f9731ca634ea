"""Snapshots: stable numbers, and differences that are told in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.audit import snapshot


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rates 0.12345, 1.23456e-05", "rates 0.123, 1.23e-05"),
        ("bias -3.4e-17", "bias 0"),
        ("batch 12 of 5000", "batch 12 of 5000"),
        ("history['x2'] (8 in all)", "history['x2'] (8 in all)"),
        ("norm 2.000, then", "norm 2, then"),
    ],
)
def test_numbers_are_rounded_so_that_other_machines_write_the_same(text: str, expected: str) -> None:
    assert snapshot.rounded(text) == expected


def test_every_difference_is_named_with_both_sides() -> None:
    pinned = {"matrix": {"a": {"modes": "failed 1/2 x"}, "b": {}}}
    fresh = {"matrix": {"a": {"modes": "failed 0/2 x"}, "c": {}}}
    found = dict(snapshot.differences(pinned, fresh))
    assert list(found) == ["matrix > a > modes", "matrix > b", "matrix > c"]
    assert "failed 1/2 x" in found["matrix > a > modes"] and "failed 0/2 x" in found["matrix > a > modes"]
    assert not snapshot.differences(fresh, fresh)


def test_a_snapshot_survives_the_file(tmp_path: Path) -> None:
    pinned = {"nonce": "n", "messages": {"a": ["✅ one", "two"]}}
    snapshot.write(pinned, tmp_path / "snapshot.json")
    assert snapshot.read(tmp_path / "snapshot.json") == pinned


def test_a_missing_snapshot_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(snapshot.SnapshotError, match="--update-snapshot"):
        snapshot.read(tmp_path / "snapshot.json")
