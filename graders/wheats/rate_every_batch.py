"""Asks the scheduler for the epoch's rate again before every batch, and writes the history as the epoch ends.

free_choices: zero_grad_before_forward, call_forward, loss_forward, training_attribute, eval_mode_left_on,
    scaled_loss, short_group_by_k, clip_epsilon_absolute, clip_replaces, clip_numpy, rates_constant,
    private_methods, checkpoint_pickle_dict, rate_set_each_batch, mean_by_batch, stale_cleared, streaming
"""

import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs
        self.scale = np.pi / total_epochs

    def get_lr(self, epoch):
        clipped = np.minimum(epoch, self.total_epochs)
        return float(self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1 + np.cos(self.scale * clipped)))


def clip_grad_norm(parameters, max_norm=1.0):
    squared = 0.0
    for p in parameters:
        if p.grad is not None:
            squared = squared + np.linalg.norm(p.grad) ** 2
    norm = np.sqrt(squared)
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = max_norm * p.grad / (norm + 1e-8)
    return float(norm)


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _train_batch(self, x, y, first, k):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        if first:
            self.optimizer.zero_grad()
        loss = self.loss_fn.forward(self.model.forward(x), y)
        (loss / k).backward()
        return float(loss)

    def _apply(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        losses = []
        in_group = 0
        for x, y in dataloader:
            losses.append(self._train_batch(x, y, in_group == 0, accumulation_steps))
            in_group += 1
            if in_group == accumulation_steps:
                self._apply()
                in_group = 0
        if in_group > 0:
            self._apply()
        self.history["learning_rates"].append(self.optimizer.lr)
        self.history["train_loss"].append(np.mean(losses).item())
        self.epoch += 1
        return self.history["train_loss"][-1]

    def evaluate(self, dataloader):
        losses, n_right, n = [], 0, 0
        for x, y in dataloader:
            self.model.training = False
            scores = self.model.forward(x)
            losses.append(float(self.loss_fn.forward(scores, y)))
            n_right += self._n_right(scores.data, y.data)
            n += scores.shape[0]
        self.history["eval_loss"].append(np.mean(losses).item())
        return self.history["eval_loss"][-1], n_right / n

    def _n_right(self, scores, target):
        n_classes = scores.shape[1] if scores.ndim == 2 else 0
        if n_classes < 2:
            return 0
        if target.ndim == 2:
            if not np.array_equal(target, np.eye(n_classes)[target.argmax(1)]):
                return 0
            target = target.argmax(1)
        return int((scores.argmax(1) == target).sum())

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.realpath(path)), exist_ok=True)
        model, optimizer = self.model.state_dict(), self.optimizer.state_dict()
        with open(path, "wb") as f:
            f.write(
                pickle.dumps({"m": model, "o": optimizer, "e": self.epoch, "s": self.step, "h": self.history})
            )

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            c = pickle.loads(f.read())
        self.model.load_state_dict(c["m"])
        self.optimizer.load_state_dict(c["o"])
        self.epoch, self.step, self.history = c["e"], c["s"], c["h"]
