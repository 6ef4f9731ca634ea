"""The correction is folded into the rate, and eps with it, so that it keeps its meaning.

free_choices: correction_folded, data_in_place
"""

import math

import numpy as np


class Adam:
    decay = 0.0

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr, self.betas, self.eps = [*params], lr, betas, eps
        self.memory = {}

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        b1, b2 = self.betas
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            m, v, t = self.memory.get(i, (0.0, 0.0, 0))
            m, v, t = b1 * m + (1 - b1) * p.grad, b2 * v + (1 - b2) * np.square(p.grad), t + 1
            self.memory[i] = m, v, t
            root = math.sqrt(1 - b2**t)
            shrink = self.lr * self.decay * p.data
            p.data -= self.lr * root / (1 - b1**t) * m / (np.sqrt(v) + self.eps * root)
            p.data -= shrink


class AdamW(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        Adam.__init__(self, params, lr, betas, eps)
        self.decay = weight_decay
