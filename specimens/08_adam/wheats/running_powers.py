"""Powers of the betas are kept and multiplied; Adam is AdamW without decay.

free_choices: powers_multiplied, adam_from_adamw
"""

import numpy as np


class AdamW:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.params = list(params)
        self.lr, self.eps, self.weight_decay = lr, eps, weight_decay
        self.b1, self.b2 = betas
        self.m = [np.zeros(p.shape) for p in self.params]
        self.v = [np.zeros(p.shape) for p in self.params]
        self.power1 = [1.0 for _ in self.params]
        self.power2 = [1.0 for _ in self.params]

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        for i in range(len(self.params)):
            p = self.params[i]
            if p.grad is not None:
                p.data = p.data * (1 - self.lr * self.weight_decay) - self.lr * self.direction(i, p.grad)

    def direction(self, i, g):
        self.m[i] = self.b1 * self.m[i] + g - self.b1 * g
        self.v[i] = self.b2 * self.v[i] + (g - self.b2 * g) * g
        self.power1[i] *= self.b1
        self.power2[i] *= self.b2
        m_hat = self.m[i] / (1 - self.power1[i])
        v_hat = self.v[i] / (1 - self.power2[i])
        return m_hat / (np.sqrt(v_hat) + self.eps)


class Adam(AdamW):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, lr, betas, eps, weight_decay=0.0)
