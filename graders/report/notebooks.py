"""Reads what the judge noted in the autograded notebooks: verdicts, repairs, and how long the run took."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.assignment import METADATA


@dataclass(frozen=True)
class Notes:
    """What is noted of one submission; verdicts by name of the point, as plain data."""

    verdicts: Mapping[str, Mapping[str, Any]]
    repairs: tuple[str, ...] = ()
    problem: str | None = None
    seconds: float | None = None


def read_notes(folder: Path) -> Notes | None:
    """Read the notes in the autograded notebooks of a submission; None where there are no notebooks."""
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        return None
    verdicts: dict[str, Mapping[str, Any]] = {}
    repairs: list[str] = []
    problems: list[str] = []
    seconds: list[float] = []
    for path in paths:
        data = _metadata(path)
        verdicts.update(_mappings(data.get("verdicts")))
        repairs += [str(repair) for repair in data.get("repairs") or ()]
        problems += [str(data["problem"])] if data.get("problem") else []
        seconds += [value] if (value := _seconds(data.get("seconds"))) is not None else []
    return Notes(verdicts, tuple(repairs), "; ".join(problems) or None, sum(seconds) if seconds else None)


def _metadata(path: Path) -> Mapping[str, Any]:
    """A notebook's notes; of one that cannot be read, that it cannot."""
    try:
        data = json.loads(path.read_text("utf-8"))["metadata"].get(METADATA, {})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {"problem": f"{path.name} below autograded/ cannot be read: grade the student again"}
    return data if isinstance(data, dict) else {}


def _mappings(value: object) -> dict[str, Mapping[str, Any]]:
    if not isinstance(value, dict):
        return {}
    return {name: verdict for name, verdict in value.items() if isinstance(verdict, dict)}


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
