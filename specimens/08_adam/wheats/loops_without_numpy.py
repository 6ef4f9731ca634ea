"""Plain loops over the numbers, without numpy.

free_choices: plain_loops, data_in_place
"""

from math import sqrt


class Adam:
    weight_decay = 0.0

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        self.params = list(params)
        self.lr, self.betas, self.eps = lr, betas, eps
        self.m = [[0.0] * p.data.size for p in self.params]
        self.v = [[0.0] * p.data.size for p in self.params]
        self.t = [0] * len(self.params)

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        for n, p in enumerate(self.params):
            if p.grad is None:
                continue
            self.t[n] += 1
            values, gradients = p.data.ravel().tolist(), p.grad.ravel().tolist()
            for k, g in enumerate(gradients):
                values[k] -= self.lr * (self.one_step(n, k, g) + self.weight_decay * values[k])
            for index, value in zip(_indices(p.data.shape), values):
                p.data[index] = value

    def one_step(self, n, k, g):
        (b1, b2), t = self.betas, self.t[n]
        self.m[n][k] = b1 * self.m[n][k] + (1 - b1) * g
        self.v[n][k] = b2 * self.v[n][k] + (1 - b2) * g * g
        return self.m[n][k] / (1 - b1**t) / (sqrt(self.v[n][k] / (1 - b2**t)) + self.eps)


def _indices(shape):
    if not shape:
        yield ()
        return
    for first in range(shape[0]):
        for rest in _indices(shape[1:]):
            yield (first, *rest)


class AdamW(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps)
        self.weight_decay = weight_decay
