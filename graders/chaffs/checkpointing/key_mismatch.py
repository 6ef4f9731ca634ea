"""Looks for the optimizer's state under another key than it was saved under.

point: checkpointing
cause: optimizer_not_saved
bug: the state is saved as "optimizer_state" and looked for as "optimizer_state_dict"; a missing key is passed over.
remedy: Use one key, and read it with [] so that a missing one is an error.
source: https://github.com/NVIDIA-NeMo/Automodel/issues/763
bug_id: K5
style: seeded
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
        if epoch >= self.total_epochs:
            return self.min_lr
        half_span = 0.5 * (self.max_lr - self.min_lr)
        return self.min_lr + half_span * (1 + np.cos(np.pi * epoch / self.total_epochs))


def clip_grad_norm(parameters, max_norm=1.0):
    norm = np.sqrt(sum(np.square(p.grad).sum() for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad / norm * max_norm
    return float(norm)


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        seed = np.array(1.0 / accumulation_steps)
        losses, waiting = [], 0
        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            losses.append(loss.item())
            loss.backward(seed.reshape(loss.shape))
            waiting += 1
            if waiting == accumulation_steps:
                waiting = self._flush()
        if waiting:
            self._flush()
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def _flush(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return 0

    def evaluate(self, dataloader):
        self.model.eval()
        losses, correct, total = [], 0, 0
        for inputs, targets in dataloader:
            out = self.model(inputs)
            losses.append(self.loss_fn(out, targets).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = targets.data
                if t.ndim == 2:
                    t = t.argmax(axis=1) if (np.eye(t.shape[1])[t.argmax(axis=1)] == t).all() else None
                if t is not None:
                    correct += int((out.data.argmax(axis=1) == t).sum())
                    total += len(t)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), correct / total if total else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        checkpoint = {
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
            "lr": self.optimizer.lr,
            "model_state": self.model.state_dict(),
            "optimizer_state": self.optimizer.state_dict(),
        }
        with open(path, "wb") as f:
            pickle.dump(checkpoint, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            checkpoint = pickle.load(f)
        for name in ("epoch", "step", "history"):
            setattr(self, name, checkpoint[name])
        self.model.load_state_dict(checkpoint["model_state"])
        optimizer_state = checkpoint.get("optimizer_state_dict")
        if optimizer_state is not None:
            self.optimizer.load_state_dict(optimizer_state)
        self.optimizer.lr = checkpoint["lr"]
