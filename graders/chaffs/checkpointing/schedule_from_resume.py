"""The schedule is counted from the epoch at which the run was resumed.

point: checkpointing
cause: schedule_position_lost
bug: the rate is get_lr(epoch - first_epoch), and loading sets first_epoch to the loaded epoch.
remedy: Use get_lr(self.epoch), counted over the whole run.
source: https://github.com/IntelLabs/distiller/issues/70
bug_id: K8
style: listed
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
        progress = epoch / self.total_epochs
        if progress >= 1.0:
            return self.min_lr
        return float((self.max_lr - self.min_lr) * (np.cos(np.pi * progress) + 1) / 2 + self.min_lr)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(np.sum([(p.grad**2).sum() for p in parameters if p.grad is not None])))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.first_epoch = self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch - self.first_epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        batches = list(dataloader)
        k = accumulation_steps
        losses = []
        for group in [batches[i : i + k] for i in range(0, len(batches), k)]:
            self.optimizer.zero_grad()
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                (loss / k).backward()
                losses.append(loss.item())
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return self.history["train_loss"][-1]

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in list(dataloader):
            out, t = self.model(x), y.data
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits += list(out.data.argmax(axis=1) == t)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return self.history["eval_loss"][-1], float(np.mean(hits)) if hits else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        content = {key: getattr(self, key) for key in ["epoch", "step", "history"]}
        content["states"] = [self.model.state_dict(), self.optimizer.state_dict()]
        with open(path, "wb") as f:
            pickle.dump(content, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            content = pickle.load(f)
        model, optimizer = content.pop("states")
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        for key in content:
            setattr(self, key, content[key])
        self.first_epoch = self.epoch
