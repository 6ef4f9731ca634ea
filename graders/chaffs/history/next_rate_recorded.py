"""Records the rate of the next epoch.

point: history
cause: rates_wrong
bug: the rate is recorded after the epoch counter has moved on, as get_lr(epoch + 1).
remedy: Record the rate when it is set, before the epoch is trained.
source: https://github.com/huggingface/transformers/issues/35942
bug_id: H1
style: helpers
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        e = min(epoch, self.total_epochs)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * e / self.total_epochs)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    params = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(float(np.sum(p.grad**2)) for p in params)))
    if norm > max_norm:
        for p in params:
            p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _current_rate(self):
        return None if self.scheduler is None else self.scheduler.get_lr(self.epoch)

    def _begin(self):
        self.model.train()
        self.optimizer.zero_grad()
        if self._current_rate() is not None:
            self.optimizer.lr = self._current_rate()

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def _finish(self, losses):
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        if self._current_rate() is not None:
            self.history["learning_rates"].append(self._current_rate())
        return self.history["train_loss"][-1]

    def train_epoch(self, dataloader, accumulation_steps=1):
        self._begin()
        losses = []
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if len(losses) % accumulation_steps == 0:
                self._update()
        if len(losses) % accumulation_steps:
            self._update()
        return self._finish(losses)

    def _hits(self, out, t):
        if out.ndim == 2 and out.shape[1] > 1:
            if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                t = t.argmax(axis=1)
            if t.ndim == 1:
                return (out.argmax(axis=1) == t).tolist()
        return []

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            hits += self._hits(out.data, y.data)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return self.history["eval_loss"][-1], sum(hits) / len(hits) if hits else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = (self.epoch, self.step, self.history, self.model.state_dict(), self.optimizer.state_dict())
        path.write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        self.epoch, self.step, self.history, model, optimizer = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
