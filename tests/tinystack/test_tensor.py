"""The Tensor: values, gradients, ownership of arrays, memory, copies and messages."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import tinystack
from tinystack import Tensor

SHAPES = [
    ((3, 4), (3, 4)),
    ((3, 4), (4,)),
    ((3, 1), (1, 4)),
    ((), (2, 3)),
    ((2, 3), ()),
    ((2, 1, 3), (4, 1)),
    ((1,), (5,)),
    ((), ()),
]
BINARY: dict[str, Callable] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
}
CONSTANT = np.array([[0.5, -2.0, 3.0], [1.5, 0.25, -1.0]])
UNARY: dict[str, Callable] = {
    "neg": lambda a: -a,
    "square": lambda a: a**2,
    "power of zero": lambda a: a**0,
    "inverse cube": lambda a: a**-3,
    "square root": lambda a: a**0.5,
    "number + a": lambda a: 2 + a,
    "number - a": lambda a: 2.5 - a,
    "number * a": lambda a: np.float64(3.0) * a,
    "number / a": lambda a: 2 / a,
    "a - number": lambda a: a - 2,
    "a / number": lambda a: a / 4,
    "array + a": lambda a: CONSTANT + a,
    "array - a": lambda a: CONSTANT - a,
    "array * a": lambda a: CONSTANT * a,
    "array / a": lambda a: CONSTANT / a,
    "a / array": lambda a: a / CONSTANT,
    "array @ a": lambda a: CONSTANT.T @ a,
    "a @ array": lambda a: a @ CONSTANT.T,
    "sum": lambda a: a.sum(),
    "sum of rows": lambda a: a.sum(axis=0),
    "sum of columns": lambda a: a.sum(axis=-1, keepdims=True),
    "sum of both axes": lambda a: a.sum(axis=(0, 1)),
    "mean": lambda a: a.mean(),
    "mean of rows": lambda a: a.mean(axis=0, keepdims=True),
    "mean of columns": lambda a: a.mean(axis=1),
    "mean of both axes": lambda a: a.mean(axis=(0, 1), keepdims=True),
    "reshape": lambda a: a.reshape(3, 2),
    "reshape to a tuple": lambda a: a.reshape((-1,)),
    "transpose": lambda a: a.transpose(),
    "transpose by tuple": lambda a: a.transpose((1, 0)),
    "used twice": lambda a: a * a + a,
    "diamond": lambda a: (a * 2 + 1) * (a * a) - a * 2,
}


def leaf(*shape: int, fill: float = 1.0) -> Tensor:
    return Tensor(np.full(shape, fill), requires_grad=True)


def away_from_zero(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.uniform(0.5, 2.0, shape)


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("op", BINARY.values(), ids=BINARY)
def test_gradients_of_binary_operators_undo_broadcasting(op, shapes, rng, check_gradients):
    check_gradients(op, op, [away_from_zero(rng, shape) for shape in shapes])


@pytest.mark.parametrize("op", UNARY.values(), ids=UNARY)
def test_gradients_of_operations_on_one_tensor(op, rng, check_gradients):
    check_gradients(op, op, [away_from_zero(rng, (2, 3))])


@pytest.mark.parametrize(
    "shapes",
    [
        ((2, 3), (3, 4)),
        ((3,), (3, 4)),
        ((2, 3), (3,)),
        ((3,), (3,)),
        ((5, 2, 3), (5, 3, 4)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 1)),
        ((2, 1, 2, 3), (4, 3, 2)),
        ((5, 2, 3), (3,)),
        ((3,), (5, 3, 2)),
    ],
    ids=str,
)
def test_gradients_of_products_of_vectors_matrices_and_stacks(shapes, rng, check_gradients):
    check_gradients(lambda a, b: a @ b, lambda a, b: a @ b, [rng.normal(size=shape) for shape in shapes])


def test_gradients_of_a_transpose_of_three_axes(rng, check_gradients):
    for axes in ((2, 0, 1), (-1, -3, -2), (1, 0, 2)):

        def permute(a, axes=axes):
            return a.transpose(axes)

        check_gradients(permute, permute, [rng.normal(size=(2, 3, 4))])


def test_axes_and_sizes_may_be_given_one_by_one_or_as_a_tuple():
    x = Tensor(np.arange(24.0).reshape(2, 3, 4), requires_grad=True)
    np.testing.assert_array_equal(x.transpose(2, 0, 1).data, x.transpose((2, 0, 1)).data)
    np.testing.assert_array_equal(x.reshape(6, -1).data, x.reshape((6, -1)).data)
    seed = np.arange(24.0).reshape(4, 2, 3)
    x.transpose(2, 0, 1).backward(seed)
    np.testing.assert_array_equal(x.grad, seed.transpose(1, 2, 0))


def test_gradient_of_a_transpose_with_some_axes_counted_from_the_end():
    # Written out, because autograd 1.9.1 inverts such a permutation wrongly.
    x, seed = leaf(2, 3, 4), np.arange(24.0).reshape(3, 4, 2)
    x.transpose(1, -1, 0).backward(seed)
    np.testing.assert_array_equal(x.grad, seed.transpose(2, 0, 1))


def test_gradients_through_a_composition_of_everything(rng, check_gradients):
    def f(a, b, c):
        return ((a @ b - c) ** 2 / (c * c + 1.0)).mean(axis=0) * c.sum() - (-a).transpose().reshape(-1).mean()

    check_gradients(f, f, [rng.normal(size=s) for s in ((4, 3), (3, 2), (2,))])


def test_power_zero_has_gradient_zero_at_zero():
    x = leaf(2, fill=0.0)
    (x**0).sum().backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.0])


def test_a_sum_of_python_started_at_zero_works():
    x = leaf()
    sum([x, x * 2, x * 3]).backward()
    assert x.grad == 6.0


def test_backward_on_separate_graphs_accumulates():
    x = leaf(3)
    (x * 2).sum().backward()
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [4.0, 4.0, 4.0])


def test_backward_twice_on_one_graph_adds_the_same_again():
    x = leaf(3)
    loss = (x * 2).sum()
    loss.backward()
    loss.backward()
    np.testing.assert_array_equal(x.grad, [4.0, 4.0, 4.0])


def test_backward_scales_with_its_seed():
    x = leaf(2)
    (x * 3).sum().backward(np.array(0.25))
    np.testing.assert_array_equal(x.grad, [0.75, 0.75])


def test_backward_of_a_leaf_copies_the_seed():
    x, seed = leaf(2), np.array([1.0, 2.0])
    x.backward(seed)
    assert not np.shares_memory(x.grad, seed)
    np.testing.assert_array_equal(x.grad, seed)


def test_gradient_arrays_are_not_shared_between_tensors():
    a, b, c = leaf(2, 2), leaf(2, 2), leaf(2, 2)
    ((a + b) + c.transpose()).backward(np.ones((2, 2)))
    for one, other in ((a, b), (a, c), (b, c)):
        assert not np.shares_memory(one.grad, other.grad)
    a.grad *= 10.0
    np.testing.assert_array_equal(b.grad, np.ones((2, 2)))


def test_accumulating_never_changes_an_array_that_somebody_holds():
    x, mine = leaf(2), np.array([1.0, 1.0])
    x.grad = mine
    (x * 2).sum().backward()
    np.testing.assert_array_equal(mine, [1.0, 1.0])
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])


def test_gradients_are_writable_float64_arrays_of_the_same_shape():
    for x in (leaf(), leaf(3), leaf(2, 3)):
        for _ in range(2):
            (x * 2).sum().backward()
            assert type(x.grad) is np.ndarray and x.grad.dtype == np.float64
            assert x.grad.shape == x.shape and x.grad.flags.writeable


def test_only_leaves_get_a_gradient():
    x = leaf(2)
    middle = x * 2
    middle.sum().backward()
    assert middle.grad is None and x.grad is not None


def test_a_leaf_frozen_after_the_forward_pass_gets_no_gradient():
    x, y = leaf(2), leaf(2)
    loss = (x * y).sum()
    x.requires_grad = False
    loss.backward()
    assert x.grad is None and y.grad is not None


def test_constants_get_no_gradient_and_remember_no_graph():
    x, constant = leaf(2), Tensor([1.0, 2.0])
    (x * constant).sum().backward()
    assert constant.grad is None
    result = constant * 2 + constant
    assert result.is_leaf and not result.requires_grad


def test_the_constructor_copies_and_data_is_a_float64_array():
    array = np.array([1, 2])
    floats = np.array([1.0, 2.0])
    assert Tensor(array).data.dtype == np.float64
    assert not np.shares_memory(Tensor(floats).data, floats)
    assert type((leaf() * 2).data) is np.ndarray and type(leaf(3).sum().data) is np.ndarray


def test_a_hundred_thousand_operations_deep_is_not_too_deep():
    x = leaf()
    y = x
    for _ in range(100_000):
        y = y + 1.0
    y.backward()
    assert x.grad == 1.0
    del y


def test_intermediates_die_when_the_loss_goes_out_of_scope():
    gc.disable()
    try:
        x = leaf(3, 3)
        middle = (x @ x) * x
        alive = weakref.ref(middle)
        loss = (middle / 2.0).mean()
        loss.backward()
        del middle
        assert alive() is not None
        del loss
        assert alive() is None, "only a reference cycle could keep it alive"
    finally:
        gc.enable()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_a_copied_leaf_has_equal_but_separate_arrays(duplicate):
    x = leaf(2)
    (x * 3).sum().backward()
    twin = duplicate(x)
    assert twin.requires_grad and twin.is_leaf
    np.testing.assert_array_equal(twin.data, x.data)
    np.testing.assert_array_equal(twin.grad, x.grad)
    assert not np.shares_memory(twin.data, x.data) and not np.shares_memory(twin.grad, x.grad)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_a_copied_result_is_a_constant(duplicate):
    twin = duplicate(leaf(2) * 3)
    assert not twin.requires_grad
    np.testing.assert_array_equal(twin.data, [3.0, 3.0])


def test_a_tensor_of_one_element_is_a_number():
    assert Tensor(2.5).item() == 2.5 and float(Tensor([[2.5]])) == 2.5
    assert type(Tensor(2.5).item()) is float
    assert bool(Tensor(1.0)) and not bool(Tensor(0.0))
    assert len(Tensor(np.zeros((4, 2)))) == 4


def test_repr_shows_values_and_whether_a_gradient_is_wanted():
    assert repr(Tensor([1.0, 2.0])) == "Tensor([1., 2.])"
    assert repr(leaf()) == "Tensor(1., requires_grad=True)"


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (lambda: leaf(2, 3).backward(), RuntimeError, r"shape \(2, 3\) needs a gradient"),
        (lambda: leaf(2).backward(np.ones(3)), ValueError, r"gradient of shape \(3,\) for shape \(2,\)"),
        (lambda: leaf().backward(np.ones(1)), ValueError, r"gradient of shape \(1,\) for shape \(\)"),
        (lambda: leaf().backward(Tensor(1.0)), TypeError, "as an ndarray, not a Tensor"),
        (lambda: Tensor(1.0).backward(), RuntimeError, "no Tensor with requires_grad=True"),
        (lambda: float(leaf(2)), ValueError, r"has shape \(2,\)"),
        (lambda: len(leaf()), TypeError, "scalar"),
        (lambda: leaf(2, 3) @ leaf(2, 3), ValueError, r"shapes \(2, 3\) and \(2, 3\)"),
        (lambda: leaf(2) + None, TypeError, "unsupported operand"),
        (lambda: "2" - leaf(2), TypeError, "unsupported operand"),
        (lambda: leaf(2) @ "2", TypeError, "unsupported operand"),
        (lambda: leaf(2) ** leaf(2), TypeError, "unsupported operand"),
        (lambda: leaf(2) + np.ones(3), ValueError, "broadcast"),
        (lambda: Tensor(leaf(2)), TypeError, "not a Tensor: pass its `.data`"),
        (lambda: np.sqrt(leaf(2)), TypeError, "ufunc"),
    ],
)
def test_misuse_is_refused_with_the_reason(action, error, message):
    with pytest.raises(error, match=message):
        action()


def test_importing_tinystack_does_not_import_matplotlib_or_its_own_extras():
    code = "import sys, tinystack; print([m for m in sys.modules if m in BAD])".replace(
        "BAD", "('matplotlib', 'tinystack.lab', 'tinystack.selfcheck')"
    )
    home = Path(tinystack.__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", code], cwd=home, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_public_name_exists():
    assert all(hasattr(tinystack, name) for name in tinystack.__all__)
