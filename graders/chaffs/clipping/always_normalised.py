"""Gradients are always brought to length max_norm

point: clipping
cause: always_scaled
bug: There is no test whether the norm is too large: small gradients are scaled up.
remedy: Scale only if the norm is larger than max_norm.
source: https://github.com/magenta/magenta/pull/1025
bug_id: G11
style: grouped
subtle: yes
also_fails: none
"""

import math
import os
import pickle
from itertools import islice

import numpy as np


class CosineSchedule:
    """Half a cosine from max_lr down to min_lr, flat afterwards."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr = max_lr, min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        progress = min(epoch / self.total_epochs, 1.0)
        return self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + math.cos(math.pi * progress))


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float((p.grad**2).sum()) for p in parameters if p.grad is not None))
    scale = max_norm / (norm + 1e-6)
    for p in parameters:
        if p.grad is not None:
            p.grad = p.grad * scale
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        stream = iter(dataloader)
        losses = []
        while group := list(islice(stream, accumulation_steps)):
            self.optimizer.zero_grad()
            for X, Y in group:
                current = self.loss_fn(self.model(X), Y)
                losses.append(float(current))
                (current / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        epoch_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        self.model.training = False
        loss_list = []
        right = 0
        seen = 0
        for X, Y in dataloader:
            prediction = self.model(X)
            current = self.loss_fn(prediction, Y)
            loss_list.append(current.item())
            p, t = prediction.data, Y.data
            if p.ndim == 2 and p.shape[1] > 1:
                if t.ndim == 1:
                    right += int((p.argmax(axis=1) == t.astype(int)).sum())
                    seen += t.shape[0]
                elif set(np.unique(t)) <= {0, 1} and np.all(np.sum(t, axis=1) == 1):
                    right += int((p.argmax(axis=1) == t.argmax(axis=1)).sum())
                    seen += t.shape[0]
        self.model.training = True
        loss_value = float(np.mean(loss_list))
        accuracy = right / seen if seen > 0 else 0.0
        self.history["eval_loss"].append(loss_value)
        return loss_value, accuracy

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        everything = (
            self.model.state_dict(),
            self.optimizer.state_dict(),
            (self.epoch, self.step),
            self.history,
        )
        with open(path, "wb") as handle:
            handle.write(pickle.dumps(everything))

    def load_checkpoint(self, path):
        with open(path, "rb") as handle:
            weights, optimizer_state, counters, history = pickle.loads(handle.read())
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer_state)
        self.epoch, self.step = counters
        self.history = history
