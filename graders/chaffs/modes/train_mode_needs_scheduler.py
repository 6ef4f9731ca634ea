"""Switches back to training mode only where a scheduler is used.

point: modes
cause: trains_in_evaluation
bug: model.train() stands inside the scheduler branch, so without a scheduler evaluation mode stays on.
remedy: Take the call to model.train() out of the if.
source: https://github.com/asyml/texar-pytorch/issues/310
bug_id: M1
style: verbose
subtle: yes
also_fails: none
"""

import pickle
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        progress = np.clip(epoch / self.total_epochs, 0.0, 1.0)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * progress)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.linalg.norm(np.concatenate([[0.0], *(p.grad.ravel() for p in with_grad)])))
    if norm > max_norm:
        for p in with_grad:
            p.grad = p.grad * (max_norm / norm)
    return norm


@dataclass
class Progress:
    epoch: int = 0
    step: int = 0
    train_loss: list = field(default_factory=list)
    eval_loss: list = field(default_factory=list)
    learning_rates: list = field(default_factory=list)


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.progress = Progress()

    @property
    def epoch(self):
        return self.progress.epoch

    @property
    def step(self):
        return self.progress.step

    @property
    def history(self):
        p = self.progress
        return {"train_loss": p.train_loss, "eval_loss": p.eval_loss, "learning_rates": p.learning_rates}

    def train_epoch(self, dataloader, accumulation_steps=1):
        if self.scheduler is not None:
            self.model.train()
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.progress.learning_rates.append(self.optimizer.lr)
        self.optimizer.zero_grad()
        losses = []
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            losses.append(float(loss.data))
            (loss / accumulation_steps).backward()
            if len(losses) % accumulation_steps == 0:
                self._take_step()
        if len(losses) % accumulation_steps != 0:
            self._take_step()
        mean = float(np.mean(losses))
        self.progress.epoch += 1
        self.progress.train_loss.append(mean)
        return mean

    def _take_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), max_norm=self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.progress.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, correct, total = [], 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            losses.append(float(self.loss_fn(outputs, targets).data))
            o, t = outputs.data, targets.data
            if o.ndim != 2 or o.shape[1] == 1:
                continue
            elif t.ndim == 1:
                classes = t
            elif set(np.unique(t)) <= {0.0, 1.0} and np.all(t.sum(axis=1) == 1):
                classes = t.argmax(axis=1)
            else:
                continue
            correct += int(np.count_nonzero(o.argmax(axis=1) == classes))
            total += len(classes)
        mean = float(np.mean(losses))
        self.progress.eval_loss.append(mean)
        print(f"eval loss {mean:.4f}")
        return mean, correct / total if total > 0 else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            pickle.dump([asdict(self.progress), self.model.state_dict(), self.optimizer.state_dict()], file)

    def load_checkpoint(self, path):
        with open(path, "rb") as file:
            progress, model, optimizer = pickle.load(file)
        self.progress = Progress(**progress)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
