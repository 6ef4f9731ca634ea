"""Does not write where a checkpoint is already.

point: checkpointing
cause: model_not_saved
bug: save_checkpoint() returns when the file exists, so a later save to the same path is lost.
remedy: Overwrite the file.
source: https://github.com/CodeReclaimers/neat-python/issues/254
bug_id: none
style: verbose
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
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


class History(dict):
    def __init__(self):
        super().__init__(train_loss=[], eval_loss=[], learning_rates=[])

    def add(self, key, value):
        self[key].append(float(value))
        return float(value)


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = History()

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.history.add("learning_rates", self.scheduler.get_lr(self.epoch))
        self.optimizer.zero_grad()
        losses = []
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if len(losses) % accumulation_steps == 0:
                self._update()
        if len(losses) % accumulation_steps != 0:
            self._update()
        self.epoch += 1
        return self.history.add("train_loss", np.mean(losses))

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, correct, total = [], 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            losses.append(self.loss_fn(outputs, targets).item())
            labels = targets.data
            if outputs.data.ndim != 2 or outputs.data.shape[1] < 2:
                continue
            if labels.ndim == 2:
                if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
                    continue
                labels = labels.argmax(axis=1)
            correct += int((outputs.data.argmax(axis=1) == labels).sum())
            total += len(labels)
        return self.history.add("eval_loss", np.mean(losses)), correct / total if total else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        if path.exists():
            print(f"{path} exists already, not overwriting it")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {"epoch": self.epoch, "step": self.step, "history": dict(self.history)}
        state["model"], state["optimizer"] = self.model.state_dict(), self.optimizer.state_dict()
        path.write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step = state["epoch"], state["step"]
        self.history = History()
        self.history.update(state["history"])
