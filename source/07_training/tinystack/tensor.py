"""The Tensor: an array of float64 that remembers how it was computed."""

from __future__ import annotations

from typing import SupportsIndex, TypeAlias

import numpy as np
import numpy.typing as npt

from .graph import Array, Axis, Node, Pullback, backpropagate, spread, unbroadcast

Operand: TypeAlias = "Tensor | Array | float"


class Tensor(Node):
    """An array with reverse-mode automatic differentiation.

    `data` is the value, a float64 ndarray. `grad` is None, or an ndarray of the same shape that belongs to
    this Tensor alone. `requires_grad` says whether `backward` should compute it. All three may be assigned.

    The constructor copies `data`. Arithmetic works between Tensors, numbers and ndarrays, on either side,
    and broadcasts as numpy does. A result refers to its inputs' arrays, it does not copy them: changing an
    array in place between a forward pass and its `backward` makes the gradients wrong.

    Pickling and `deepcopy` keep values, gradients and `requires_grad` of a leaf. The copy of a computed
    Tensor is a constant: the way it was computed is not part of the copy.
    """

    __slots__ = ()

    # Makes `ndarray + tensor` call `Tensor.__radd__` in place of adding element by element.
    __array_ufunc__ = None

    def __init__(self, data: npt.ArrayLike, requires_grad: bool = False) -> None:
        if isinstance(data, Tensor):
            raise TypeError("Tensor(...) takes numbers or an ndarray, not a Tensor: pass its `.data`")
        self.data = np.array(data, dtype=np.float64)
        self.grad = None
        self.requires_grad = requires_grad
        self._edges = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of `data`."""
        return self.data.shape

    def backward(self, gradient: npt.ArrayLike | None = None) -> None:
        """Add to the `grad` of every leaf that this Tensor was computed from, and that requires one.

        `gradient` is the gradient of this Tensor itself: an ndarray of its shape, by default ones for a
        Tensor of one element. The record of the computation lives as long as its result does; calling
        `backward` again adds the same gradients again.

        Raises RuntimeError if nothing behind this Tensor requires a gradient, or if `gradient` is left out
        and there is more than one element; TypeError or ValueError if `gradient` is a Tensor or has another
        shape.
        """
        if not self.requires_grad:
            raise RuntimeError("backward() found no Tensor with requires_grad=True behind this one")
        backpropagate(self, self._seed(gradient))

    def _seed(self, gradient: npt.ArrayLike | None) -> Array:
        if gradient is None:
            if self.data.size != 1:
                raise RuntimeError(
                    f"backward() of a Tensor of shape {self.shape} needs a gradient of that shape; "
                    "only a Tensor of one element has a default"
                )
            return np.array(1.0, ndmin=self.data.ndim)
        if isinstance(gradient, Tensor):
            raise TypeError("backward() takes the gradient as an ndarray, not a Tensor: pass its `.data`")
        seed = np.asarray(gradient, dtype=np.float64)
        if seed.shape != self.data.shape:
            raise ValueError(f"backward() got a gradient of shape {seed.shape} for shape {self.shape}")
        return seed

    def item(self) -> float:
        """Return the only element as a Python float. Raises ValueError if there is not exactly one."""
        if self.data.size != 1:
            raise ValueError(f"only a Tensor of one element is a number; this one has shape {self.shape}")
        return float(self.data.item())

    def __float__(self) -> float:
        return self.item()

    def __bool__(self) -> bool:
        return bool(self.data)

    def __len__(self) -> int:
        if not self.data.ndim:
            raise TypeError("len() of a scalar Tensor")
        return len(self.data)

    def __repr__(self) -> str:
        values = np.array2string(self.data, prefix="Tensor(", separator=", ")
        return f"Tensor({values}{', requires_grad=True' if self.requires_grad else ''})"

    def __getstate__(self) -> tuple[Array, Array | None, bool]:
        return self.data, self.grad, self.requires_grad and self.is_leaf

    def __setstate__(self, state: tuple[Array, Array | None, bool]) -> None:
        self.data, self.grad, self.requires_grad = state
        self._edges = ()

    def __add__(self, other: Operand) -> Tensor:
        right = _operand(other)
        if right is None:
            return NotImplemented
        return _elementwise(self.data + right.data, self, lambda g: g, right, lambda g: g)

    __radd__ = __add__

    def __sub__(self, other: Operand) -> Tensor:
        right = _operand(other)
        if right is None:
            return NotImplemented
        return _elementwise(self.data - right.data, self, lambda g: g, right, lambda g: -g)

    def __rsub__(self, other: Operand) -> Tensor:
        left = _operand(other)
        return NotImplemented if left is None else left - self

    def __mul__(self, other: Operand) -> Tensor:
        right = _operand(other)
        if right is None:
            return NotImplemented
        a, b = self.data, right.data
        return _elementwise(a * b, self, lambda g: g * b, right, lambda g: g * a)

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> Tensor:
        right = _operand(other)
        if right is None:
            return NotImplemented
        a, b = self.data, right.data
        return _elementwise(a / b, self, lambda g: g / b, right, lambda g: -g * a / (b * b))

    def __rtruediv__(self, other: Operand) -> Tensor:
        left = _operand(other)
        return NotImplemented if left is None else left / self

    def __matmul__(self, other: Operand) -> Tensor:
        right = _operand(other)
        return NotImplemented if right is None else _matmul(self, right)

    def __rmatmul__(self, other: Operand) -> Tensor:
        left = _operand(other)
        return NotImplemented if left is None else _matmul(left, self)

    def __neg__(self) -> Tensor:
        return record(-self.data, (self, lambda g: -g))

    def __pow__(self, exponent: float) -> Tensor:
        if not isinstance(exponent, (int, float, np.number)):
            return NotImplemented
        x, n = self.data, float(exponent)
        # x**0 is 1 everywhere; the general formula would give 0 * inf at x = 0.
        return record(x**n, (self, lambda g: g * n * x ** (n - 1.0) if n else np.zeros_like(g)))

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Return the sum over all elements, or over `axis`."""
        shape = self.data.shape
        total = self.data.sum(axis=axis, keepdims=keepdims)
        return record(total, (self, lambda g: spread(g, shape, axis, keepdims)))

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Return the mean over all elements, or over `axis`."""
        shape = self.data.shape
        total = self.data.sum(axis=axis, keepdims=keepdims)
        count = self.data.size / max(total.size, 1)
        return record(total / count, (self, lambda g: spread(g / count, shape, axis, keepdims)))

    def reshape(self, *shape: SupportsIndex | tuple[SupportsIndex, ...]) -> Tensor:
        """Return the same elements in another shape, given as `reshape(2, 3)` or `reshape((2, 3))`."""
        before = self.data.shape
        return record(self.data.reshape(_unpack(shape)), (self, lambda g: g.reshape(before)))

    def transpose(self, *axes: SupportsIndex | tuple[SupportsIndex, ...]) -> Tensor:
        """Return the Tensor with its axes in reverse order, or in the order `axes`."""
        if not axes:
            return record(self.data.transpose(), (self, lambda g: g.transpose()))
        order = [int(axis) % max(self.data.ndim, 1) for axis in _unpack(axes)]
        inverse = np.argsort(order)
        return record(self.data.transpose(_unpack(axes)), (self, lambda g: g.transpose(inverse)))


def record(data: Array, *edges: tuple[Tensor, Pullback]) -> Tensor:
    """Return a Tensor of the result `data`, with the edges to those inputs that want a gradient.

    The result itself requires a gradient if one of the inputs does; otherwise nothing is remembered.
    """
    return _result(data, tuple([edge for edge in edges if edge[0].requires_grad]))


def constant(value: npt.ArrayLike) -> Tensor:
    """Return a Tensor around a number or an array, which is not copied if it is float64 already."""
    return _result(np.asarray(value, dtype=np.float64), ())


def _result(data: Array, edges: tuple[tuple[Tensor, Pullback], ...]) -> Tensor:
    """Return a Tensor of `data`, with edges to inputs that all want a gradient."""
    result = Tensor.__new__(Tensor)
    # Arithmetic on 0-d arrays returns numpy scalars.
    result.data = data if type(data) is np.ndarray else np.asarray(data)
    result.grad = None
    result._edges = edges
    result.requires_grad = bool(edges)
    return result


def _operand(value: object) -> Tensor | None:
    """Return one side of an operator as a Tensor, or None if it is nothing to calculate with."""
    if isinstance(value, Tensor):
        return value
    return constant(value) if isinstance(value, (int, float, np.ndarray, np.number)) else None


def _elementwise(data: Array, a: Tensor, pull_a: Pullback, b: Tensor, pull_b: Pullback) -> Tensor:
    """Record a result of two inputs that were broadcast against each other."""
    a_shape, b_shape, shape = a.data.shape, b.data.shape, data.shape
    to_a = pull_a if a_shape == shape else lambda g: unbroadcast(pull_a(g), a_shape)
    to_b = pull_b if b_shape == shape else lambda g: unbroadcast(pull_b(g), b_shape)
    return record(data, (a, to_a), (b, to_b))


def _matmul(a: Tensor, b: Tensor) -> Tensor:
    """Return a @ b: vectors, matrices, and stacks of matrices that broadcast."""
    try:
        product = a.data @ b.data
    except ValueError:
        raise ValueError(f"@ cannot multiply the shapes {a.shape} and {b.shape}") from None
    a_shape, b_shape = a.data.shape, b.data.shape
    left = a.data if a.data.ndim > 1 else a.data[np.newaxis, :]
    right = b.data if b.data.ndim > 1 else b.data[:, np.newaxis]
    stack = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    full = (*stack, left.shape[-2], right.shape[-1])

    def pull_left(g: Array) -> Array:
        return unbroadcast(g.reshape(full) @ right.swapaxes(-1, -2), left.shape).reshape(a_shape)

    def pull_right(g: Array) -> Array:
        return unbroadcast(left.swapaxes(-1, -2) @ g.reshape(full), right.shape).reshape(b_shape)

    return record(product, (a, pull_left), (b, pull_right))


def _unpack(
    sizes: tuple[SupportsIndex | tuple[SupportsIndex, ...], ...],
) -> tuple[SupportsIndex, ...]:
    """Return `((2, 3),)` and `(2, 3)` alike as `(2, 3)`."""
    first = sizes[0] if len(sizes) == 1 else sizes
    return first if isinstance(first, tuple) else (first,)  # type: ignore[return-value]
