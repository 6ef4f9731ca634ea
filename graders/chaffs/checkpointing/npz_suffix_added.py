"""Writes another file than the one asked for.

point: checkpointing
cause: folder_not_made
bug: np.savez adds .npz to the name, so the file at `path` does not exist (loading adds .npz again).
remedy: Open the file and pass the file object to np.savez.
source: https://github.com/numpy/numpy/issues/9929
bug_id: none
style: numpyish
subtle: yes
also_fails: none
"""

import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        x = np.pi * np.minimum(epoch, self.total_epochs) / self.total_epochs
        return float(self.min_lr + (self.max_lr - self.min_lr) * np.mean([1.0, np.cos(x)]))


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.linalg.norm([np.linalg.norm(g) for g in grads])) if grads else 0.0
    if norm > max_norm:
        for g in grads:
            g[...] *= max_norm / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _apply_gradients(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        for p in self.model.parameters():
            p.grad = None
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        for p in self.model.parameters():
            p.grad = None
        losses = []
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward(np.full_like(loss.data, 1.0 / accumulation_steps))
            losses.append(float(loss.data))
            if len(losses) % accumulation_steps == 0:
                self._apply_gradients()
        if len(losses) % accumulation_steps:
            self._apply_gradients()
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(float(self.loss_fn(out, y).data))
            t = y.data
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = np.nonzero(t)[1]
                if t.ndim == 1:
                    hits.append(out.data.argmax(axis=1) == t)
        self.history["eval_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses)), float(np.mean(np.concatenate(hits))) if hits else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        rest = pickle.dumps((self.optimizer.state_dict(), self.epoch, self.step, self.history))
        np.savez(path, _rest=np.frombuffer(rest, dtype=np.uint8), **self.model.state_dict())

    def load_checkpoint(self, path):
        name = str(path) if str(path).endswith(".npz") else str(path) + ".npz"
        with np.load(name) as npz:
            arrays = {key: npz[key] for key in npz.files}
        optimizer, self.epoch, self.step, self.history = pickle.loads(arrays.pop("_rest").tobytes())
        self.model.load_state_dict(arrays)
        self.optimizer.load_state_dict(optimizer)
