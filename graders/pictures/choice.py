"""Which picture goes with a verdict: the part of the first failed check, sketched, then drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from graders.criteria import CRITERIA
from graders.evidence import Evidence, PartEvidence, Unusable
from graders.pictures import checkpointing, clipping, history, modes, rates, training, usage
from graders.pictures.canvas import draw
from graders.pictures.panels import Sketch, differs, fitting, words
from graders.verdict import Finding, Outcome, Verdict

Sketcher = Callable[[PartEvidence, PartEvidence], Sketch | None]

SKETCHERS: Mapping[str, Mapping[str, Sketcher]] = {
    "orchestration": usage.ORCHESTRATION,
    "zero_grad": usage.ZERO_GRAD,
    "convergence": training.SKETCHERS,
    "scheduling": rates.SKETCHERS,
    "clipping": clipping.SKETCHERS,
    "modes": modes.SKETCHERS,
    "checkpointing": checkpointing.SKETCHERS,
    "accumulation": usage.ACCUMULATION,
    "history": history.SKETCHERS,
}
"""By criterion and by check; of a check that is not here, a picture would say nothing."""

BEYOND_DRAWING = (Unusable, ValueError, TypeError, LookupError, ArithmeticError)
"""What values of other kinds, lengths and sizes than the experiment's raise on their way into a sketch."""


@dataclass(frozen=True)
class Picture:
    """A picture as SVG, and one or two sentences that say the same."""

    svg: str
    alt: str


def picture(verdict: Verdict, evidence: Evidence | None, truth: Evidence) -> Picture | None:
    """Draw what a failed verdict is about; None where it did not fail, or a picture would say nothing.

    evidence: hostile; what cannot be drawn is not. truth: the reference's evidence for the same nonce.
    """
    sketch = _sketch(verdict, evidence, truth)
    if sketch is None or not differs(sketch):
        return None
    sketch = fitting(sketch)
    said = words(sketch)
    return Picture(draw(sketch, said), said)


def _sketch(verdict: Verdict, evidence: Evidence | None, truth: Evidence) -> Sketch | None:
    finding = _first_failed(verdict)
    sketcher = SKETCHERS.get(verdict.criterion, {}).get(finding.check) if finding else None
    if finding is None or sketcher is None or evidence is None:
        return None
    part = next(check.part for check in CRITERIA[verdict.criterion].checks if check.name == finding.check)
    seen = evidence.parts.get(part)
    if seen is None or seen.error is not None:
        return None
    try:
        with np.errstate(all="ignore"):
            return sketcher(seen, truth.parts[part])
    except BEYOND_DRAWING:
        return None


def _first_failed(verdict: Verdict) -> Finding | None:
    """The finding that the verdict's message is about."""
    if verdict.outcome is not Outcome.FAILED:
        return None
    failed = [finding for finding in verdict.findings if finding.failure is not None]
    return next((finding for finding in failed if not finding.deviates), failed[0] if failed else None)
