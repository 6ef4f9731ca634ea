"""clip_grad_norm scales all gradients by one factor so that their global L2 norm is at most max_norm."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinystack
from tinystack.selfcheck.checks.footprints import Array, close
from tinystack.selfcheck.report import Finding
from tinystack.selfcheck.student import call, number, require_callable, show

GRADIENTS = ((3.0, 4.0), (12.0,))
"""Two parameters with gradients of norm 5 and 12: together sqrt(3^2 + 4^2 + 12^2) = 13."""

NORM = 13.0
LIMIT = 2.6
"""A fifth of the norm."""
HIGH_LIMIT = 20.0

TOLERANCE = 1e-4
"""Relative 1e-5 of values up to 13: an epsilon of 1e-6 in the denominator is free."""

LOOK = "clip_grad_norm: how the norm is computed, the condition, and the factor"


def examine(clip_grad_norm: Any) -> Finding:
    """Clip gradients of norm 13 to 2.6, to the default 1 and to 20; then parameters without any gradients."""
    require_callable(clip_grad_norm, "clip_grad_norm")
    returned, clipped = _clip(clip_grad_norm, max_norm=LIMIT)
    return (
        _scaled(clipped, LIMIT, f"max_norm={LIMIT:g}")
        or _returned(returned)
        or _scaled(_clip(clip_grad_norm)[1], 1.0, "the default max_norm")
        or _kept(clip_grad_norm)
        or _no_gradients(clip_grad_norm)
        or _passed(clipped)
    )


def _parameters(with_gradients: bool = True) -> list[Any]:
    """Three Tensors, of which one never has a gradient."""
    tensors = [
        tinystack.Tensor(np.ones(len(g)), requires_grad=True)
        for g in (*GRADIENTS[:1], (0.0, 0.0), *GRADIENTS[1:])
    ]
    if with_gradients:
        tensors[0].grad, tensors[2].grad = (np.array(g) for g in GRADIENTS)
    return tensors


def _clip(clip_grad_norm: Any, **options: Any) -> tuple[Any, Array]:
    """Return what the function returned, and the three numbers of the gradients after it."""
    parameters = _parameters()
    returned = call("clip_grad_norm", clip_grad_norm, parameters, **options)
    return returned, np.concatenate([_gradient(parameters[0], 2), _gradient(parameters[2], 1)])


def _gradient(parameter: Any, size: int) -> Array:
    """Return a gradient as a vector; NaNs where there is none of the right size any more."""
    plain = isinstance(parameter.grad, np.ndarray) and parameter.grad.shape == (size,)
    return np.asarray(parameter.grad, dtype=np.float64) if plain else np.full(size, np.nan)


def _before() -> Array:
    return np.concatenate([np.array(g) for g in GRADIENTS])


def _scaled(seen: Array, limit: float, how: str) -> Finding | None:
    expected = _before() * limit / NORM
    if close(seen, expected, TOLERANCE):
        return None
    saw = f"gradients {_vector(_before())} became {_vector(seen)} with {how}"
    return Finding(saw, _cause(seen, limit), f"{_vector(expected)}, of norm {limit:g}", LOOK)


def _cause(seen: Array, limit: float) -> str:
    """Name the mistake that gives these gradients."""
    before = _before()
    alone = np.concatenate([np.array(g) * min(1.0, limit / float(np.linalg.norm(g))) for g in GRADIENTS])
    known = {
        "the gradients are not changed": before,
        "every parameter is clipped by its own norm, not all by the global one": alone,
        "every entry is cut off on its own, which changes the direction": np.clip(before, -limit, limit),
        "the square root is missing in the norm": before * limit / NORM**2,
        "the norms of the parameters are added up; their squares should be": before * limit / (5.0 + 12.0),
        "the norm is a sum of absolute values, not the L2 norm": before * limit / 19.0,
        "the gradients are scaled to norm 1, whatever max_norm is": before / NORM,
        "the gradients are scaled up, not down": before * NORM / limit,
        "the default of max_norm is not 1.0": before * LIMIT / NORM,
    }
    if np.isnan(seen).any():
        return "a gradient is gone, or has another shape or type, after clipping"
    exact = (cause for cause, gradients in known.items() if close(seen, gradients, TOLERANCE))
    return next(exact, "the gradients are not scaled by max_norm / norm")


def _returned(value: Any) -> Finding | None:
    seen = number(value, "what clip_grad_norm() returned", "clip_grad_norm, the `return` line")
    if close(seen, NORM, TOLERANCE):
        return None
    bug = (
        "the norm from after clipping is returned"
        if close(seen, LIMIT, TOLERANCE)
        else "the returned norm is wrong"
    )
    return Finding(f"it returned {seen:.6g}", bug, f"{NORM:g}, the norm from before clipping", LOOK)


def _kept(clip_grad_norm: Any) -> Finding | None:
    returned, seen = _clip(clip_grad_norm, max_norm=HIGH_LIMIT)
    if not np.array_equal(seen, _before()):
        saw = f"gradients {_vector(_before())} became {_vector(seen)} with max_norm={HIGH_LIMIT:g}"
        return Finding(
            saw, "gradients below the limit are changed too", "exactly as they were: their norm is 13", LOOK
        )
    norm = number(
        returned, "what clip_grad_norm() returned below the limit", "clip_grad_norm, the `return` lines"
    )
    if not close(norm, NORM, TOLERANCE):
        return Finding(
            f"it returned {norm:.6g} below the limit", "the returned norm is wrong", f"{NORM:g}", LOOK
        )
    return None


def _no_gradients(clip_grad_norm: Any) -> Finding | None:
    parameters = _parameters(with_gradients=False)
    returned = call("clip_grad_norm", clip_grad_norm, parameters, max_norm=LIMIT)
    norm = number(returned, "what clip_grad_norm() returned where no parameter has a gradient", LOOK)
    if norm == 0.0 and all(parameter.grad is None for parameter in parameters):
        return None
    saw = f"it returned {norm:g}, and left the gradients {', '.join(show(p.grad) for p in parameters)}"
    return Finding(saw, "parameters with no gradient are not left alone", "0.0, and still no gradients", LOOK)


def _passed(clipped: Array) -> Finding:
    saw = f"gradients {_vector(_before())} became {_vector(clipped)}; below the limit they are kept"
    return Finding(saw)


def _vector(values: Array) -> str:
    return "(" + ", ".join(f"{value:.4g}" for value in values) + ")"
