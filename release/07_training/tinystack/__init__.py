"""The framework of modules 01 to 06: tensors with gradients, layers, losses, optimizers; numpy alone."""

from .activations import ReLU, Sigmoid, Tanh
from .layers import BatchNorm, Dropout, Linear, Sequential
from .losses import CrossEntropyLoss, MSELoss
from .module import Module
from .optimizers import SGD, AdamW
from .tensor import Tensor

__all__ = [
    "SGD",
    "AdamW",
    "BatchNorm",
    "CrossEntropyLoss",
    "Dropout",
    "Linear",
    "MSELoss",
    "Module",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
    "Tensor",
]
