"""Records the accuracy where the evaluation loss belongs.

point: history
cause: eval_loss_wrong
bug: evaluate() appends its accuracy to history["eval_loss"].
remedy: Append the loss.
source: https://github.com/CaraJ7/T2I-R1/pull/15
bug_id: none
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
        e = min(epoch, self.total_epochs) / self.total_epochs
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * e)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(float((g**2).sum()) for g in grads)))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _record(self, loss=None, accuracy=None):
        key, value = ("train_loss", loss) if accuracy is None else ("eval_loss", accuracy)
        self.history[key].append(float(value))

    def _schedule(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self._schedule()
        self.optimizer.zero_grad()
        losses = []
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if len(losses) % accumulation_steps == 0:
                self._update()
        if len(losses) % accumulation_steps:
            self._update()
        self.epoch += 1
        mean = sum(losses) / len(losses)
        self._record(loss=mean)
        return mean

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
        mean = sum(losses) / len(losses)
        accuracy = sum(hits) / len(hits) if hits else 0.0
        self._record(loss=mean, accuracy=accuracy)
        return mean, accuracy

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        own = {"epoch": self.epoch, "step": self.step, "history": self.history}
        path.write_bytes(pickle.dumps([own, self.model.state_dict(), self.optimizer.state_dict()]))

    def load_checkpoint(self, path):
        own, model, optimizer = pickle.loads(Path(path).read_bytes())
        vars(self).update(own)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
