"""Saves the weights in half precision.

point: checkpointing
cause: model_not_saved
bug: the parameters are stored as float16, so that the loaded run starts from rounded weights.
remedy: Store the arrays in the precision they have.
source: https://github.com/ultralytics/ultralytics/pull/24085
bug_id: none
style: numpyish
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
        done = np.minimum(epoch, self.total_epochs) / self.total_epochs
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * done)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.linalg.norm([np.linalg.norm(p.grad) for p in with_grad])) if with_grad else 0.0
    if norm > max_norm:
        for p in with_grad:
            p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

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
        losses = []
        self.optimizer.zero_grad()
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            (loss * (1.0 / accumulation_steps)).backward()
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
        losses, hits = [], np.zeros(0)
        for x, y in dataloader:
            out = self.model(x)
            losses.append(float(self.loss_fn(out, y).data))
            t = y.data
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits = np.append(hits, out.data.argmax(axis=1) == t)
        self.history["eval_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses)), float(hits.mean()) if hits.size else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        weights = {name: array.astype(np.float16) for name, array in self.model.state_dict().items()}
        rest = pickle.dumps((self.optimizer.state_dict(), self.epoch, self.step, self.history))
        with open(path, "wb") as f:
            np.savez_compressed(f, __rest__=np.frombuffer(rest, dtype=np.uint8), **weights)

    def load_checkpoint(self, path):
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        optimizer, self.epoch, self.step, self.history = pickle.loads(arrays.pop("__rest__").tobytes())
        self.optimizer.load_state_dict(optimizer)
        self.model.load_state_dict({name: array.astype(np.float64) for name, array in arrays.items()})
