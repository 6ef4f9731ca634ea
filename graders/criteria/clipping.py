"""Gradient clipping: one factor for all gradients, from their global L2 norm, once per update.

The function is judged by what it returns and leaves; the trainer by the gradient that its first update uses.
Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (2013), section 3.2.
"""

from __future__ import annotations

import numpy as np

from graders.criteria.base import CLIP_EPSILON, Check, Criterion, Deviation, Judge, Judgement, agree
from graders.criteria.footprints import recorded_gradients
from graders.criteria.showing import show, show_both
from graders.evidence import Array, PartEvidence, Unusable, Value
from graders.verdict import Cause, Failure

CAUSES = {
    "per_parameter": Cause(
        "each parameter is clipped by its own norm, so the direction changes",
        "clip_grad_norm: one norm over all gradients together",
    ),
    "by_value": Cause(
        "entries are clipped one by one, so the direction changes",
        "clip_grad_norm: scale, do not cut off",
    ),
    "wrong_norm": Cause(
        "the norm is not the global L2 norm",
        "clip_grad_norm: the root of the sum of all squares of all gradients",
    ),
    "always_scaled": Cause(
        "gradients below the limit are changed",
        "clip_grad_norm: scale only where the norm is above max_norm",
    ),
    "norm_after_clipping": Cause(
        "the norm from before clipping is not returned",
        "clip_grad_norm: `return`",
    ),
    "none_gradient": Cause(
        "parameters without a gradient are not skipped",
        "clip_grad_norm: parameters whose .grad is None, also all of them",
    ),
    "never_clipped": Cause(
        "the gradient that the update uses is not clipped",
        "train_epoch: clip after backward() and before optimizer.step()",
    ),
    "clipped_per_batch": Cause(
        "each batch of a group is clipped, not the accumulated gradient",
        "train_epoch: clip once per update",
        ("accumulation",),
    ),
    "clipped_unscaled": Cause(
        "the sum of a group is clipped before it is averaged",
        "train_epoch: average first, then clip",
    ),
    "threshold_ignored": Cause(
        "another threshold than grad_clip_norm is used",
        "train_epoch: the second argument of clip_grad_norm",
    ),
    "clipped_when_off": Cause(
        "gradients are clipped although grad_clip_norm is None",
        "train_epoch: clip only if grad_clip_norm is not None",
        ("convergence",),
    ),
}

Gradients = list[Array | None]


def _scales(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Above the limit all gradients are scaled by one factor, and the norm from before is returned."""
    got, expected = _gradients(seen, "above"), _gradients(truth, "above")
    if not _agree(got, expected, CLIP_EPSILON):
        return Failure(
            _scaling_cause(got, expected, seen, truth),
            f"norms after clipping: {_norms(got)}",
            _norms(expected),
        )
    return _returned(seen, truth, "above", "norm_after_clipping")


def _default(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """max_norm is 1.0 where it is not given, and a norm that is not far above it is clipped, too."""
    got, expected = _gradients(seen, "default"), _gradients(truth, "default")
    if not _agree(got, expected, CLIP_EPSILON):
        return Failure("threshold_ignored", f"norms after clipping: {_norms(got)}", _norms(expected))
    return _returned(seen, truth, "default", "norm_after_clipping")


def _scaling_cause(got: Gradients, expected: Gradients, seen: PartEvidence, truth: PartEvidence) -> str:
    factors = [_factor(g, e) for g, e in zip(got, expected, strict=False)]
    if len(got) != len(expected) or any(factor is None for factor in factors):
        return "by_value"
    if np.ptp([float(factor) for factor in factors if factor is not None]) <= CLIP_EPSILON:
        return "wrong_norm"
    return "per_parameter"


def _factor(got: Array | None, expected: Array | None) -> float | None:
    """The factor between two gradients; None where they do not point the same way."""
    if got is None or expected is None or got.shape != expected.shape:
        return None
    factor = float(np.sum(got * expected) / np.sum(expected**2))
    return factor if agree(got, factor * expected, CLIP_EPSILON) else None


def _leaves_small(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Below the limit the gradients stay exactly as they are, and their norm is returned."""
    got, expected = _gradients(seen, "below"), _gradients(truth, "below")
    if not _agree(got, expected, 0.0):
        return Failure(
            "always_scaled", f"norms after clipping: {_norms(got)}", f"{_norms(expected)}, unchanged"
        )
    return _returned(seen, truth, "below", "norm_after_clipping")


def _missing(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Parameters without a gradient are skipped; where there is none at all, 0.0 is returned."""
    got, expected = _gradients(seen, "missing"), _gradients(truth, "missing")
    if [g is None for g in got] != [e is None for e in expected] or any(
        g is not None for g in _gradients(seen, "nothing")
    ):
        return Failure(
            "none_gradient", "gradients appear or vanish", "a missing gradient stays missing, the others stay"
        )
    if not _agree(got, expected, CLIP_EPSILON):
        return Failure("none_gradient", f"norms after clipping: {_norms(got)}", _norms(expected))
    return _returned(seen, truth, "missing", "none_gradient") or _returned(
        seen, truth, "nothing", "none_gradient"
    )


def _returned(seen: PartEvidence, truth: PartEvidence, case: str, cause: str) -> Failure | None:
    got, expected = seen.value(f"{case}_returned"), truth.number(f"{case}_returned")
    if isinstance(got, float) and agree(np.array([got]), np.array([expected]), CLIP_EPSILON):
        return None
    what, wanted = show_both(got, expected) if isinstance(got, float) else (str(got), show(expected))
    return Failure(cause, f"returned {what}", f"{wanted}, the norm from before clipping")


def _gradients(part: PartEvidence, case: str) -> Gradients:
    values = part.items(f"{case}_gradients")
    if len(values) != 1 or not isinstance(values[0], list):
        raise Unusable("the gradients after clip_grad_norm were not recorded")
    return [_gradient(value) for value in values[0]]


def _gradient(value: Value) -> Array | None:
    if value is None or isinstance(value, np.ndarray):
        return value
    raise Unusable(f"a gradient is {value!s:.60} after clip_grad_norm")


def _agree(got: Gradients, expected: Gradients, tolerance: float) -> bool:
    return len(got) == len(expected) and all(
        g is e is None or (g is not None and e is not None and agree(g, e, tolerance))
        for g, e in zip(got, expected, strict=True)
    )


def _norms(gradients: Gradients) -> str:
    norms = ["none" if g is None else f"{np.sqrt(np.sum(g**2)):.4g}" for g in gradients]
    return ", ".join(norms)


def _first_update(limit_cause: str) -> Judge:
    """Make the judge of the gradient that a trainer's first update uses."""

    def judge(seen: PartEvidence, truth: PartEvidence) -> Judgement:
        footprints = truth.array("footprints")
        columns = len(footprints) + 1
        expected = recorded_gradients(truth, columns)[0]
        gradients = recorded_gradients(seen, columns)
        if len(gradients) == 0:
            return Failure("never_clipped", "no update", "one update")
        if agree(gradients[0], expected, CLIP_EPSILON):
            return None
        return _wrong_update(gradients[0], expected, footprints, truth.number("limit"), limit_cause)

    return judge


def _wrong_update(
    got: Array, expected: Array, footprints: Array, limit: float, cause: str
) -> Failure | Deviation:
    clipped, raw = _norm(expected), _raw_gradients(footprints)
    if any(agree(got, _clip(gradient, limit), CLIP_EPSILON) for gradient in raw):
        return Deviation("another gradient than the reference's, but clipped as it should be")
    if any(agree(got, gradient, CLIP_EPSILON) for gradient in raw) and not np.isinf(limit):
        cause = "never_clipped"
    elif np.isinf(limit):
        cause = "clipped_when_off"
    elif _is_multiple(got, expected):
        cause = (
            "clipped_unscaled"
            if agree(2 * got, _clip(2 * expected, limit), CLIP_EPSILON)
            else "threshold_ignored"
        )
    used, wanted = show_both(got, expected)
    seen = f"the first update used a gradient of norm {_norm(got):.4g}: {used}"
    return Failure(cause, seen, f"norm {clipped:.4g}: {wanted}")


def _every_update(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Each update is clipped: those of later epochs and of a short group too, whatever it is divided by.

    With a scheduler as well; that there are updates then is the business of others.
    """
    columns, limit = len(truth.array("footprints")) + 1, truth.number("limit")
    got, expected = recorded_gradients(seen, columns), recorded_gradients(truth, columns)
    scheduled = recorded_gradients(seen, columns, "scheduled_")
    if len(got) == 0:
        return Failure("never_clipped", "no update", f"{len(expected)} updates")
    for gradients, when in ((got, ""), (scheduled, " with a scheduler")):
        norms = np.sqrt(np.sum(gradients**2, axis=1))
        if not np.all(norms <= limit * (1 + CLIP_EPSILON)):
            return Failure(
                "never_clipped", f"gradients of norms {show(norms)}{when}", f"norms of {show(limit)} at most"
            )
    if len(scheduled) == 0:
        return Deviation("no update with a scheduler", "updates that are clipped")
    wanted = recorded_gradients(truth, columns, "scheduled_")
    if not (agree(got, expected, CLIP_EPSILON) and agree(scheduled, wanted, CLIP_EPSILON)):
        return Deviation("updates that are clipped, but not the reference's")
    return None


def _raw_gradients(footprints: Array) -> list[Array]:
    """Gradients that a trainer with another mistake may clip.

    Batches alone, their sum, their average, halves of these.
    """
    single = [
        np.append(np.where(np.arange(len(footprints)) == j, footprints, 0.0), footprints[j])
        for j in range(len(footprints))
    ]
    total = np.sum(single, axis=0)
    gradients = [*single, total, total / len(single), total / len(single) ** 2]
    return gradients + [gradient / len(single) for gradient in single]


def _clip(gradient: Array, limit: float) -> Array:
    return gradient * min(1.0, limit / _norm(gradient))


def _norm(gradient: Array) -> float:
    return float(np.sqrt(np.sum(gradient**2)))


def _is_multiple(got: Array, expected: Array) -> bool:
    return _factor(got, expected) is not None


CRITERION = Criterion(
    name="clipping",
    title="Gradient clipping",
    priority="P1 - HIGH",
    rule=(
        "All gradients are scaled by one factor so that their global norm is at most max_norm, "
        "once per update."
    ),
    causes=CAUSES,
    checks=(
        Check("scales by one factor", "function", 2, _scales),
        Check("default limit", "function", 1, _default),
        Check("leaves small gradients", "function", 1, _leaves_small),
        Check("skips missing gradients", "function", 1, _missing),
        Check("clips an update", "one_batch", 1, _first_update("per_parameter")),
        Check("clips a group once", "group_above", 1, _first_update("clipped_per_batch")),
        Check("averages before it clips", "group_below", 1, _first_update("clipped_unscaled")),
        Check("clips every update", "every_update", 1, _every_update),
        Check("does not clip when off", "off", 1, _first_update("clipped_when_off")),
    ),
    unexplained="never_clipped",
    telltales={r"^function: .*(NoneType|need at least one array)": "none_gradient"},
)
