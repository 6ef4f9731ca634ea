"""One count for all parameters

point: moments
bug: t counts the calls of step(), also for a parameter that sat some of them out.
remedy: Give each parameter a count of its own.
source: https://pytorch.org/docs/stable/generated/torch.optim.Adam.html
bug_id: none
style: plain
subtle: yes
also_fails: none
"""

import numpy as np


class Adam:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        self.params = list(params)
        self.lr = lr
        self.beta1, self.beta2 = betas
        self.eps = eps
        self.t = 0
        self.state = [{"t": 0, "m": np.zeros_like(p.data), "v": np.zeros_like(p.data)} for p in self.params]

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        self.t += 1
        for p, state in zip(self.params, self.state):
            if p.grad is None:
                continue
            g = p.grad
            state["t"] = self.t
            state["m"] = self.beta1 * state["m"] + (1 - self.beta1) * g
            state["v"] = self.beta2 * state["v"] + (1 - self.beta2) * g * g
            m_hat = state["m"] / (1 - self.beta1 ** state["t"])
            v_hat = state["v"] / (1 - self.beta2 ** state["t"])
            p.data = p.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class AdamW(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps)
        self.weight_decay = weight_decay

    def step(self):
        shrunk = [self.lr * self.weight_decay * p.data for p in self.params]
        with_gradient = [p.grad is not None for p in self.params]
        super().step()
        for p, part, moved in zip(self.params, shrunk, with_gradient):
            if moved:
                p.data = p.data - part
