"""The pinned matrix and messages: what every specimen gets, and every sentence that a student can see.

Only what is not "passed with full points" is listed. Numbers in messages are rounded, so that another machine
writes the same.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graders.audit.matrix import Row
from graders.audit.measure import Measured
from graders.criteria import COMMON_CAUSES
from graders.messages import as_text
from graders.signatures import SECTION, signature
from graders.verdict import Cause, Outcome, Verdict

SNAPSHOT = Path(__file__).with_name("snapshot.json")

NONCE = "audit"
"""What the numbers of the pinned matrix are drawn from."""

DIGITS = 3
"""Significant digits of the numbers that are kept in messages; criteria write four."""

ROUNDING_NOISE = 1e-9
"""Numbers below this are zero but for the order of additions."""

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*\d)")

Snapshot = Mapping[str, Any]


class SnapshotError(Exception):
    """The pinned matrix cannot be read. The message names the file and the remedy."""


def take(measured: Measured) -> Snapshot:
    """Make the snapshot of an audit."""
    specimens = [*measured.library.wheats, *measured.library.chaffs]
    return {
        "nonce": measured.nonce,
        "matrix": {s.name: _row(measured.rows[s.name]) for s in specimens},
        SECTION: {
            c.name: signature(measured.guessed[c.name].verdicts[c.point]) for c in measured.library.chaffs
        },
        "causes": {
            "common": _causes(COMMON_CAUSES),
            **{name: _causes(criterion.causes) for name, criterion in measured.criteria.items()},
        },
        "messages": dict(_messages(measured)),
    }


def _row(row: Row) -> dict[str, str]:
    lost = (v for v in row.verdicts.values() if v.outcome is not Outcome.PASSED)
    return {verdict.criterion: _cell(verdict) for verdict in lost}


def _cell(verdict: Verdict) -> str:
    by = f", explained by {verdict.explained_by}" if verdict.explained_by else ""
    return f"{verdict.outcome} {verdict.score:.4g}/{verdict.max_score:g} {verdict.cause}{by}"


def _causes(causes: Mapping[str, Cause]) -> dict[str, str]:
    return {name: f"{cause.bug} | {cause.look}" for name, cause in causes.items()}


def _messages(measured: Measured) -> Iterator[tuple[str, list[str]]]:
    """For each criterion and cause, the message on the first specimen that gets it; own chaffs come first."""
    titles = {name: criterion.title for name, criterion in measured.criteria.items()}
    found: dict[str, list[str]] = {}
    for own in (True, False):
        for chaff in measured.library.chaffs:
            for name, verdict in measured.guessed[chaff.name].verdicts.items():
                if verdict.outcome is Outcome.FAILED and (name == chaff.point) is own:
                    text = rounded(as_text(verdict, titles)).splitlines()
                    found.setdefault(f"{name}: {verdict.cause}", [chaff.name, *text])
    yield from sorted(found.items())


def rounded(text: str) -> str:
    """Round the numbers in a text to a few digits; what is zero but for rounding is 0."""
    return NUMBER.sub(lambda match: _rounded(match[0]), text)


def _rounded(number: str) -> str:
    if number.lstrip("-").isdigit():
        return number
    value = float(number)
    if not math.isfinite(value) or abs(value) < ROUNDING_NOISE:
        return "0"
    return f"{value:.{DIGITS}g}"


def write(snapshot: Snapshot, path: Path = SNAPSHOT) -> None:
    """Pin a snapshot."""
    path.write_text(json.dumps(snapshot, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read(path: Path = SNAPSHOT) -> Snapshot:
    """Read the pinned snapshot. Raises SnapshotError."""
    try:
        snapshot: Snapshot = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SnapshotError(
            f"{path} cannot be read ({error}): make it anew with graders audit --update-snapshot"
        ) from None
    return snapshot


def differences(pinned: Snapshot, fresh: Snapshot) -> list[tuple[str, str]]:
    """What differs between two snapshots, as pairs of a place and a sentence."""
    old, new = dict(_leaves(pinned)), dict(_leaves(fresh))
    names = sorted(old.keys() | new.keys())
    return [
        (name, f"pinned: {old.get(name, 'nothing')}; now: {new.get(name, 'nothing')}")
        for name in names
        if old.get(name) != new.get(name)
    ]


def _leaves(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{place} > {name}" if place else name)
        if not value:
            yield place, "passed with full points"
    elif isinstance(value, list):
        yield place, "\n".join(map(str, value))
    else:
        yield place, str(value)
