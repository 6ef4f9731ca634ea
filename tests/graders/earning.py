"""Which checks of a verdict have earned their weight, by its score."""

from __future__ import annotations

import math

from graders.verdict import Verdict


def earned(verdict: Verdict) -> list[str]:
    """Return the checks that found nothing, and those that deviate if their weight is in the score."""
    clean = [finding for finding in verdict.findings if finding.failure is None]
    forgiven = [finding for finding in verdict.findings if finding.failure is None or finding.deviates]
    total = sum(finding.weight for finding in verdict.findings)
    most = verdict.max_score * sum(finding.weight for finding in forgiven)
    counted = forgiven if math.isclose(verdict.score * total, most) else clean
    return [finding.check for finding in counted]
