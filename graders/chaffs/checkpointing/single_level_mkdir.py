"""Makes one folder, not the folders above it.

point: checkpointing
cause: folder_not_made
bug: Path.mkdir() without parents=True fails where more than one folder is missing.
remedy: Call mkdir(parents=True, exist_ok=True).
source: https://github.com/HAHA-DL/MLDG/issues/1
bug_id: K16
style: helpers
subtle: no
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        share = (1 + np.cos(np.pi * min(epoch, self.total_epochs) / self.total_epochs)) / 2
        return float(share * self.max_lr + (1 - share) * self.min_lr)


def _norm(params):
    return float(np.sqrt(sum(float((p.grad**2).sum()) for p in params)))


def clip_grad_norm(parameters, max_norm=1.0):
    params = [p for p in parameters if p.grad is not None]
    norm = _norm(params)
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

    def _use_schedule(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _clip(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)

    def _update(self):
        self._clip()
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def _mean(self, key, losses):
        self.history[key].append(sum(losses) / len(losses))
        return self.history[key][-1]

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self._use_schedule()
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
        return self._mean("train_loss", losses)

    def _truth(self, out, t):
        if out.ndim != 2 or out.shape[1] < 2:
            return None
        if t.ndim == 1:
            return t
        return t.argmax(axis=1) if np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all() else None

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits, total = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            truth = self._truth(out.data, y.data)
            if truth is not None:
                hits += int((out.data.argmax(axis=1) == truth).sum())
                total += len(truth)
        return self._mean("eval_loss", losses), hits / total if total else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(exist_ok=True)
        own = {"epoch": self.epoch, "step": self.step, "history": self.history}
        path.write_bytes(pickle.dumps((own, self.model.state_dict(), self.optimizer.state_dict())))

    def load_checkpoint(self, path):
        own, model, optimizer = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        vars(self).update(own)
