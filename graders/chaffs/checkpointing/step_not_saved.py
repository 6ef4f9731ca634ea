"""The step counter starts at 0 again after loading.

point: checkpointing
cause: counters_not_saved
bug: the epoch is saved and restored, the step is neither.
remedy: Save and restore self.step as well.
source: https://github.com/PaddlePaddle/PaddleOCR/pull/18112
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

    def _wave(self, epoch):
        return (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2

    def get_lr(self, epoch):
        return float(self.min_lr + (self.max_lr - self.min_lr) * self._wave(min(epoch, self.total_epochs)))


def clip_grad_norm(parameters, max_norm=1.0):
    pool = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(float(np.sum(p.grad**2)) for p in pool)))
    if norm > max_norm:
        for p in pool:
            p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _rate_for_this_epoch(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _accumulate(self, batch, k):
        x, y = batch
        loss = self.loss_fn(self.model(x), y)
        (loss * (1.0 / k)).backward()
        return loss.item()

    def _finish_group(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self._rate_for_this_epoch()
        self.optimizer.zero_grad()
        losses = []
        for batch in dataloader:
            losses.append(self._accumulate(batch, accumulation_steps))
            if len(losses) % accumulation_steps == 0:
                self._finish_group()
        if len(losses) % accumulation_steps:
            self._finish_group()
        self.epoch += 1
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        return mean

    def _is_class_target(self, out, t):
        if out.ndim != 2 or out.shape[1] < 2:
            return False
        return t.ndim == 1 or (np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all())

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits, total = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            if self._is_class_target(out.data, y.data):
                truth = y.data if y.data.ndim == 1 else y.data.argmax(axis=1)
                hits += int((out.data.argmax(axis=1) == truth).sum())
                total += len(truth)
        mean = sum(losses) / len(losses)
        self.history["eval_loss"].append(mean)
        return mean, hits / total if total else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            pickle.dumps(
                {
                    "epoch": self.epoch,
                    "history": self.history,
                    "model": self.model.state_dict(),
                    "optimizer": self.optimizer.state_dict(),
                }
            )
        )

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(state.pop("model"))
        self.optimizer.load_state_dict(state.pop("optimizer"))
        for name, value in state.items():
            setattr(self, name, value)
