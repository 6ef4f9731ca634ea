"""Sets the learning rate back to the constructor's after loading.

point: checkpointing
cause: rate_not_saved
bug: load_checkpoint() ends with optimizer.lr = initial rate, which undoes a rate assigned during the run.
remedy: Keep the rate that the optimizer's state holds.
source: https://github.com/aladdinpersson/Machine-Learning-Collection/issues/119
bug_id: K10
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
        angle = np.pi * min(epoch, self.total_epochs) / self.total_epochs
        return float(self.min_lr + (self.max_lr - self.min_lr) * (np.cos(angle) + 1) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(float(np.sum(g**2)) for g in grads)))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.initial_lr = optimizer.lr
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _begin(self):
        self.model.train()
        self.optimizer.zero_grad()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def _log(self, name, values):
        self.history[name].append(float(np.mean(values)))
        return self.history[name][-1]

    def train_epoch(self, dataloader, accumulation_steps=1):
        self._begin()
        losses = []
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            (loss * (1 / accumulation_steps)).backward()
            losses.append(loss.item())
            if len(losses) % accumulation_steps == 0:
                self._update()
        if len(losses) % accumulation_steps > 0:
            self._update()
        self.epoch += 1
        return self._log("train_loss", losses)

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
            hits.extend(self._hits(out.data, y.data))
        return self._log("eval_loss", losses), sum(hits) / len(hits) if hits else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {"counters": (self.epoch, self.step), "history": self.history}
        state.update(model=self.model.state_dict(), optimizer=self.optimizer.state_dict())
        path.write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.optimizer.lr = self.initial_lr
        self.epoch, self.step = state["counters"]
        self.history = state["history"]
