"""Models: outputs, and gradients by the chain rule.

Source: Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Parameters = tuple[Array, ...]


def linear(parameters: Parameters, inputs: Array) -> Array:
    """Return X W + b, for parameters (W, b)."""
    weight, bias = parameters
    return inputs @ weight + bias


def linear_gradients(inputs: Array, output_gradient: Array) -> Parameters:
    """Return dL/dW = X^T G and dL/db = sum over rows of G, where G is dL/d(X W + b)."""
    return inputs.T @ output_gradient, np.sum(output_gradient, axis=0)


def tanh_network(parameters: Parameters, inputs: Array) -> Array:
    """Return H W2 + b2 with H = tanh(X W1 + b1), for parameters (W1, b1, W2, b2)."""
    return linear(parameters[2:], np.tanh(linear(parameters[:2], inputs)))


def tanh_network_gradients(
    parameters: Parameters, inputs: Array, output_gradient: Array
) -> tuple[Parameters, Array]:
    """Return the gradients of (W1, b1, W2, b2), and of the inputs, from G = dL/d(output).

    With H = tanh(X W1 + b1):  dW2 = H^T G,  D = (G W2^T) (1 - H^2),  dW1 = X^T D,  dX = D W1^T.
    """
    hidden = np.tanh(linear(parameters[:2], inputs))
    hidden_gradient = (output_gradient @ parameters[2].T) * (1.0 - hidden**2)
    first = linear_gradients(inputs, hidden_gradient)
    second = linear_gradients(hidden, output_gradient)
    return (*first, *second), hidden_gradient @ parameters[0].T
