"""Signatures: which checks of a criterion fail, and what they name.

They narrow down the known bugs that are tried. The signatures of the chaffs are pinned with the matrix, so
that they are known without running anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from graders.verdict import Verdict

PINNED = Path(__file__).parent / "audit" / "snapshot.json"
SECTION = "signatures"


def signature(verdict: Verdict) -> str:
    """Name the failed checks of a verdict with their causes, for example `groups of two: not_averaged`."""
    genuine = (finding for finding in verdict.findings if finding.failure and not finding.deviates)
    return "; ".join(f"{finding.check}: {finding.failure.cause}" for finding in genuine if finding.failure)


@cache
def pinned(path: Path = PINNED) -> Mapping[str, str]:
    """Read the signatures of the chaffs on their own points, by name; none where nothing is pinned."""
    if not path.is_file():
        return {}
    signatures: Mapping[str, str] = json.loads(path.read_text("utf-8")).get(SECTION, {})
    return signatures
