"""Saving rounds the weights of the running model.

point: checkpointing
cause: saving_changes_run
bug: the parameters themselves are rounded to four decimals before they are written.
remedy: Write the weights as they are, or round copies of them for another file.
source: https://github.com/harubaru/waifu-diffusion/pull/31
bug_id: K21
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
        wave = np.cos(np.pi * np.clip(epoch / self.total_epochs, 0.0, 1.0))
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1.0 + wave) / 2.0)


def clip_grad_norm(parameters, max_norm=1.0):
    arrays = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(np.sum([np.sum(a**2) for a in arrays])))
    if norm > max_norm:
        for a in arrays:
            np.multiply(a, max_norm / norm, out=a)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _step(self):
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
        losses = np.array([])
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            losses = np.concatenate([losses, [loss.item()]])
            (loss * (1.0 / accumulation_steps)).backward()
            if losses.size % accumulation_steps == 0:
                self._step()
        if losses.size % accumulation_steps != 0:
            self._step()
        self.epoch += 1
        self.history["train_loss"].append(float(losses.mean()))
        return float(losses.mean())

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out, t = self.model(x), y.data
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits.append(out.data.argmax(axis=1) == t)
        self.history["eval_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses)), float(np.mean(np.concatenate(hits))) if hits else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        for p in self.model.parameters():
            p.data[...] = np.round(p.data, 4)
        state = (self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, self.history)
        with open(path, "wb") as f:
            pickle.dump(state, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            model, optimizer, self.epoch, self.step, self.history = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
