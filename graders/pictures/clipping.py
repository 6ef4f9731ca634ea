"""Sketches of gradient norms: before clipping, after it, and as it should be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graders.criteria.footprints import recorded_gradients
from graders.evidence import Array, PartEvidence, Unusable
from graders.pictures.panels import Pairs, Sketch, Values
from graders.pictures.shapes import counted, drawable_or_none, number, plain


def _function(case: str) -> Callable[[PartEvidence, PartEvidence], Sketch]:
    """Make the sketch of one call of clip_grad_norm."""

    def sketch(seen: PartEvidence, truth: PartEvidence) -> Sketch:
        got, expected = _norms(seen, case), _norms(truth, case)
        if len(got) != len(expected):
            raise Unusable("another number of gradients")
        returned = truth.number(f"{case}_returned")
        factor = returned / _total(expected)
        before: Values = tuple(None if norm is None else norm * factor for norm in expected)
        labels = counted("parameter\n", len(got))
        after = Pairs("Norm of each gradient after clip_grad_norm", labels, got, expected, before)
        answer = (number(seen.value(f"{case}_returned")),)
        return (after, Pairs("Returned norm", ("from before\nclipping",), answer, (returned,)))

    return sketch


def _norms(part: PartEvidence, case: str) -> Values:
    """The norm of each gradient after the call; None where there is no gradient."""
    calls = part.items(f"{case}_gradients")
    gradients = calls[0] if len(calls) == 1 else None
    if not isinstance(gradients, list):
        raise Unusable("the gradients after clip_grad_norm were not recorded")
    return tuple(_norm(g) if isinstance(g, np.ndarray) else None for g in gradients)


def _norm(gradient: Array) -> float:
    return float(np.sqrt(np.sum(gradient**2)))


def _total(norms: Values) -> float:
    return _norm(np.array([norm for norm in norms if norm is not None]))


def _first_update(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The gradient that the first update used: its entries, and its norm beside the limit."""
    columns = len(truth.array("footprints")) + 1
    gradients = recorded_gradients(seen, columns)
    expected = recorded_gradients(truth, columns)[0]
    got: Values = plain(gradients[0]) if len(gradients) else (None,) * columns
    norm = _norm(gradients[0]) if len(gradients) else None
    limit = truth.number("limit")
    return (
        Pairs(
            "Gradient that the first update used",
            (*counted("weight", columns - 1), "bias"),
            got,
            plain(expected),
        ),
        Pairs(
            "Its norm", ("all entries\ntogether",), (norm,), (_norm(expected),), limit=drawable_or_none(limit)
        ),
    )


SKETCHERS = {
    "scales by one factor": _function("above"),
    "default limit": _function("default"),
    "leaves small gradients": _function("below"),
    "skips missing gradients": _function("missing"),
    "clips an update": _first_update,
    "clips a group once": _first_update,
    "averages before it clips": _first_update,
    "does not clip when off": _first_update,
}
