"""Averages that are moved in place towards the new value; gradients are cleared in place.

free_choices: data_in_place, gradients_zeroed
"""

import numpy as np


class Moments:
    def __init__(self, shape):
        self.mean, self.square, self.updates = np.zeros(shape), np.zeros(shape), 0

    def take(self, gradient, betas):
        self.updates += 1
        self.mean += (1 - betas[0]) * (gradient - self.mean)
        self.square += (1 - betas[1]) * (gradient**2 - self.square)
        return (
            self.mean / (1 - betas[0] ** self.updates),
            self.square / (1 - betas[1] ** self.updates),
        )


class Adam:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        self.params = list(params)
        self.lr = lr
        self.betas = tuple(betas)
        self.eps = eps
        self.moments = [Moments(p.data.shape) for p in self.params]

    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                p.grad = np.zeros_like(p.data)

    def step(self):
        for p, moments in zip(self.params, self.moments):
            if p.grad is not None:
                mean, square = moments.take(p.grad, self.betas)
                self.move(p, mean / (square**0.5 + self.eps))

    def move(self, p, direction):
        p.data[...] = p.data - self.lr * direction


class AdamW(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps)
        self.weight_decay = weight_decay

    def move(self, p, direction):
        super().move(p, direction + self.weight_decay * p.data)
