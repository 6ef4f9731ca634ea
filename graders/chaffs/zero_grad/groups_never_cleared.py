"""Only groups of one batch are cleared.

point: zero_grad
cause: group_leftover
bug: when several batches are accumulated zero_grad() is left out on purpose, also between two groups.
remedy: clear once per group; only between the batches of one group must the gradients stay.
source: https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation
bug_id: none
style: grouped
subtle: yes
also_fails: none
"""

import pickle
from math import cos, pi
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.top = max_lr
        self.floor = min_lr
        self.length = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.length:
            return self.floor
        weight = 0.5 + 0.5 * cos(pi * epoch / self.length)
        return weight * self.top + (1 - weight) * self.floor


def grad_norm(parameters):
    return float(np.sqrt(sum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None)))


def clip_grad_norm(parameters, max_norm=1.0):
    before = grad_norm(parameters)
    ratio = min(1.0, max_norm / before) if before > 0 else 1.0
    if ratio < 1.0:
        for p in filter(lambda q: q.grad is not None, parameters):
            p.grad = ratio * p.grad
    return before


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    @staticmethod
    def _in_groups(dataloader, size):
        group = []
        for batch in dataloader:
            group.append(batch)
            if len(group) == size:
                yield group
                group = []
        if group:
            yield group

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        for group in self._in_groups(dataloader, accumulation_steps):
            if accumulation_steps == 1:
                self.optimizer.zero_grad()
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

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
