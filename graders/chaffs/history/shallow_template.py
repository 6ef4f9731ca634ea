"""Copies the template of the history without its lists.

point: history
cause: shared
bug: dict(EMPTY) is a shallow copy, so all trainers share the three lists of the template.
remedy: Make new lists for each trainer.
source: https://github.com/microsoft/qlib/pull/2177
bug_id: H6
style: numpyish
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np

EMPTY = {"train_loss": [], "eval_loss": [], "learning_rates": []}


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        x = np.clip(epoch / self.total_epochs, 0.0, 1.0)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * x)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    arrays = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.linalg.norm([np.linalg.norm(a) for a in arrays])) if arrays else 0.0
    if norm > max_norm:
        for a in arrays:
            a *= max_norm / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = dict(EMPTY)

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.optimizer.zero_grad()
        losses = []
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward(np.full(loss.shape, 1.0 / accumulation_steps))
            losses.append(float(loss.data))
            if len(losses) % accumulation_steps == 0:
                self._update()
        if len(losses) % accumulation_steps:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out, t = self.model(x), y.data
            losses.append(float(self.loss_fn(out, y).data))
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits.append(out.data.argmax(axis=1) == t)
        self.history["eval_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses)), float(np.concatenate(hits).mean()) if hits else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        state = (self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, self.history)
        Path(path).write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        model, optimizer, self.epoch, self.step, self.history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
