"""The record of a computation, and the walk back through it.

A `Node` holds a value and the edges to the values it was computed from. Edges point from results to inputs
only, so there is no reference cycle: when the last result goes out of scope, reference counting frees the
whole record at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
Pullback: TypeAlias = Callable[[Array], Array]
Axis: TypeAlias = int | tuple[int, ...] | None


class Node:
    """A value, its gradient, and one edge `(input, pullback)` per input that wants a gradient.

    A pullback takes the gradient of the result, in the result's shape, and returns the gradient of the
    input, in the input's shape. It never changes the array that it is given.
    """

    __slots__ = ("__weakref__", "_edges", "data", "grad", "requires_grad")

    data: Array
    grad: Array | None
    requires_grad: bool
    _edges: tuple[tuple[Node, Pullback], ...]

    @property
    def is_leaf(self) -> bool:
        """True for a value that was given, False for one that was computed from values wanting a gradient."""
        return not self._edges

    def _accumulate(self, gradient: Array) -> None:
        """Add to `grad`, in an array that belongs to this node alone.

        The sum is a new array, so that one which somebody else still holds never changes under their hands.
        """
        if self.grad is None:
            self.grad = np.array(gradient, dtype=np.float64, order="C")
        else:
            self.grad = np.asarray(self.grad + gradient, dtype=np.float64)


def backpropagate(root: Node, seed: Array) -> None:
    """Add to the `grad` of every leaf under `root` its gradient, given `seed` as the gradient of `root`.

    Every computed node is visited once, after all of its consumers (Kahn's topological order), without
    recursion: the depth of a graph is limited by memory alone. A leaf waits for nobody, since a gradient goes
    no further than there.
    """
    if not root._edges:
        root._accumulate(seed)
        return
    waiting = _count_consumers(root)
    so_far: dict[Node, Array] = {}
    ready = [(root, seed)]
    while ready:
        node, gradient = ready.pop()
        for parent, pullback in node._edges:
            part = pullback(gradient)
            if not parent._edges:
                if parent.requires_grad:
                    parent._accumulate(part)
                continue
            if parent in so_far:
                # A new sum, never `+=`: a pullback may hand the same array to several nodes.
                part = so_far.pop(parent) + part
            if waiting[parent] == 1:
                ready.append((parent, part))
            else:
                waiting[parent] -= 1
                so_far[parent] = part


def _count_consumers(root: Node) -> dict[Node, int]:
    """Return, for every computed node under `root`, along how many edges a gradient will reach it."""
    consumers: dict[Node, int] = {}
    stack = [root]
    while stack:
        for parent, _ in stack.pop()._edges:
            if parent in consumers:
                consumers[parent] += 1
            elif parent._edges:
                consumers[parent] = 1
                stack.append(parent)
    return consumers


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the axes along which an input of this `shape` was repeated by broadcasting."""
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    repeated = tuple(extra + i for i, size in enumerate(shape) if size == 1)
    summed: Array = gradient.sum(axis=(*range(extra), *repeated), keepdims=True)
    return summed.reshape(shape)


def spread(gradient: Array, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Array:
    """Repeat the gradient of a reduction over `axis` along the axes that were reduced away from `shape`."""
    if axis is not None and not keepdims:
        gradient = np.expand_dims(gradient, axis)
    repeated = np.empty(shape)
    repeated[...] = gradient
    return repeated
