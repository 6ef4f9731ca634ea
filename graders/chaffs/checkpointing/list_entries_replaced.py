"""Puts the loaded tensors into a list that is then thrown away.

point: checkpointing
cause: model_not_saved
bug: load_checkpoint() replaces the entries of the list that model.parameters() returned, not the parameters.
remedy: Copy the saved arrays into the data of the parameters.
source: https://github.com/nimarb/pytorch_influence_functions/issues/29
bug_id: none
style: numpyish
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np
from tinystack import Tensor


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        angle = np.pi * min(1.0, epoch / self.total_epochs)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(angle)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(float(np.sum(g**2)) for g in grads)))
    if norm > max_norm:
        for g in grads:
            g[...] = g * (max_norm / norm)
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
        losses = []
        for x, y in dataloader:
            if len(losses) % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            (loss * (1 / accumulation_steps)).backward()
            losses.append(loss.item())
            if len(losses) % accumulation_steps == 0:
                self._update()
        if len(losses) % accumulation_steps:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                truth = y.data
                if truth.ndim == 2 and np.isin(truth, (0, 1)).all() and (truth.sum(axis=1) == 1).all():
                    truth = truth.argmax(axis=1)
                if truth.ndim == 1:
                    hits.extend(out.data.argmax(axis=1) == truth)
        self.history["eval_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses)), float(np.mean(hits)) if hits else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        state = {
            "weights": [p.data.copy() for p in self.model.parameters()],
            "optimizer": self.optimizer.state_dict(),
            "meta": (self.epoch, self.step, self.history),
        }
        with open(path, "wb") as f:
            pickle.dump(state, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state = pickle.load(f)
        params = self.model.parameters()
        for i, weight in enumerate(state["weights"]):
            params[i] = Tensor(weight, requires_grad=True)
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step, self.history = state["meta"]
