"""Copies of the gradients are cleared.

point: zero_grad
cause: never_cleared
bug: the list of gradients that is filled with zeros holds copies, and the parameters keep their own arrays.
remedy: set `p.grad = None` for the parameters themselves, or call `self.optimizer.zero_grad()`.
source: https://numpy.org/doc/stable/user/basics.copies.html
bug_id: none
style: grouped
subtle: yes
also_fails: convergence
"""

import math
import pickle
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np


@dataclass
class CosineSchedule:
    max_lr: float = 0.1
    min_lr: float = 0.01
    total_epochs: int = 100

    def get_lr(self, epoch):
        if epoch < self.total_epochs:
            swing = self.max_lr - self.min_lr
            return self.min_lr + swing * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2
        return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    flat = [p.grad.reshape(-1) for p in parameters if p.grad is not None]
    if len(flat) == 0:
        return 0.0
    norm = float(np.linalg.norm(np.concatenate(flat)))
    if norm <= max_norm:
        return norm
    for p in parameters:
        if p.grad is not None:
            p.grad = p.grad / norm * max_norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        rest, losses = iter(dataloader), []
        while group := list(islice(rest, accumulation_steps)):
            self._clear_gradients()
            for features, labels in group:
                loss = self.loss_fn(self.model(features), labels)
                losses.append(loss.item())
                (loss / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def _clear_gradients(self):
        gradients = [np.array(p.grad) for p in self.model.parameters() if p.grad is not None]
        for gradient in gradients:
            gradient.fill(0.0)

    def evaluate(self, dataloader):
        self.model.training = False
        results = [self._evaluate_batch(x, t) for x, t in dataloader]
        loss = sum(r[0] for r in results) / len(results)
        size = sum(r[2] for r in results)
        self.history["eval_loss"].append(loss)
        return loss, (sum(r[1] for r in results) / size if size else 0.0)

    def _evaluate_batch(self, x, t):
        out = self.model(x)
        loss = self.loss_fn(out, t).item()
        guess, target = out.data, t.data
        if guess.ndim != 2 or guess.shape[1] == 1:
            return loss, 0, 0
        if target.ndim == 2:
            if not (np.all(target * (1 - target) == 0) and np.all(np.sum(target, axis=1) == 1)):
                return loss, 0, 0
            target = np.argmax(target, axis=1)
        hits = np.count_nonzero(np.argmax(guess, axis=1) == target)
        return loss, int(hits), len(guess)

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        rest = pickle.dumps((self.optimizer.state_dict(), self.epoch, self.step, dict(self.history)))
        arrays = {f"model/{name}": value for name, value in self.model.state_dict().items()}
        with path.open("wb") as file:
            np.savez(file, rest=np.frombuffer(rest, dtype=np.uint8), **arrays)

    def load_checkpoint(self, path):
        with Path(path).open("rb") as file:
            arrays = dict(np.load(file))
        optimizer, epoch, step, history = pickle.loads(arrays.pop("rest").tobytes())
        self.model.load_state_dict({name.removeprefix("model/"): a for name, a in arrays.items()})
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step = epoch, step
        for key, values in history.items():
            self.history[key] = list(values)
