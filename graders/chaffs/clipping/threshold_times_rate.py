"""The threshold is multiplied by the learning rate

point: clipping
cause: threshold_ignored
bug: The gradient is clipped at grad_clip_norm * lr, as if the threshold were meant for the step.
remedy: Clip the gradient at grad_clip_norm.
source: https://github.com/neuroailab/tfutils/issues/115
bug_id: none
style: plain
subtle: yes
also_fails: none
"""

import os
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        cosine = (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2
        return self.min_lr + (self.max_lr - self.min_lr) * cosine


def clip_grad_norm(parameters, max_norm=1.0):
    """Scale all gradients together so that their joint length is at most max_norm."""
    grads = [p.grad for p in parameters if p.grad is not None]
    total_norm = float(np.linalg.norm([np.linalg.norm(g) for g in grads])) if grads else 0.0
    if total_norm > max_norm:
        for g in grads:
            g *= max_norm / total_norm
    return total_norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = float(self.scheduler.get_lr(self.epoch))
            self.history["learning_rates"].append(self.optimizer.lr)
        running, count = 0.0, 0
        for p in self.model.parameters():
            p.grad = None
        for count, (batch_in, batch_out) in enumerate(dataloader, start=1):
            guess = self.model(batch_in)
            cost = self.loss_fn(guess, batch_out)
            running += cost.item()
            (cost * (1 / accumulation_steps)).backward()
            if count % accumulation_steps == 0:
                self.update()
        if count % accumulation_steps:
            self.update()
        self.epoch += 1
        self.history["train_loss"].append(running / count)
        return running / count

    def update(self):
        params = self.model.parameters()
        if self.grad_clip_norm is not None:
            clip_grad_norm(params, max_norm=self.grad_clip_norm * self.optimizer.lr)
        self.optimizer.step()
        self.step += 1
        for p in params:
            p.grad = None

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.eval()
        scored = []
        for batch_in, batch_out in dataloader:
            guess = self.model(batch_in)
            scored.append(
                (
                    self.loss_fn(guess, batch_out).item(),
                    self._accuracy(guess.data, batch_out.data),
                    len(guess.data),
                )
            )
        self.model.training = before
        loss = sum(s[0] for s in scored) / len(scored)
        accuracy = sum(s[1] * s[2] for s in scored) / sum(s[2] for s in scored)
        self.history["eval_loss"].append(loss)
        return loss, float(accuracy)

    def _accuracy(self, logits, wanted):
        if logits.ndim == 1 or logits.shape[1] == 1:
            return 0.0
        if wanted.ndim == 2:
            if not np.array_equal(wanted, np.eye(wanted.shape[1])[wanted.argmax(axis=1)]):
                return 0.0
            wanted = wanted.argmax(axis=1)
        return np.mean(logits.argmax(axis=1) == wanted)

    def save_checkpoint(self, path):
        os.makedirs(Path(path).parent, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}, f)
            pickle.dump((self.epoch, self.step, {k: list(v) for k, v in self.history.items()}), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            parts = pickle.load(f)
            self.epoch, self.step, self.history = pickle.load(f)
        for name, state in parts.items():
            getattr(self, name).load_state_dict(state)
