"""A counter has one name at the top and another in the loop.

point: modes
cause: accuracy_wrong
bug: evaluate() sets total_correct = 0 but adds to correct: UnboundLocalError for every classifier.
remedy: Use one name for the counter.
source: https://github.com/dpaperno/DiscriminAtt/issues/4
bug_id: M23
style: helpers
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        theta = math.pi if epoch >= self.total_epochs else math.pi * epoch / self.total_epochs
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(theta)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _schedule(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _backward(self, x, y, share):
        loss = self.loss_fn(self.model(x), y)
        (loss * share).backward()
        return loss.item()

    def _step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self._schedule()
        self.optimizer.zero_grad()
        losses, waiting = [], 0
        for x, y in dataloader:
            losses.append(self._backward(x, y, 1.0 / accumulation_steps))
            waiting += 1
            if waiting == accumulation_steps:
                self._step()
                waiting = 0
        if waiting:
            self._step()
        self.epoch += 1
        return self._log("train_loss", losses)

    def _log(self, key, losses):
        mean = sum(losses) / len(losses)
        self.history[key].append(mean)
        return mean

    def _labels(self, out, y):
        if out.ndim == 2 and out.shape[1] > 1:
            if y.ndim == 1:
                return y
            if np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
                return y.argmax(axis=1)
        return None

    def evaluate(self, dataloader):
        self.model.eval()
        losses, total_correct, total = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            labels = self._labels(out.data, y.data)
            if labels is not None:
                correct += int((out.data.argmax(axis=1) == labels).sum())
                total += len(labels)
        accuracy = total_correct / total if total else 0.0
        return self._log("eval_loss", losses), accuracy

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        mine = (self.epoch, self.step, self.history)
        path.write_bytes(pickle.dumps([mine, self.model.state_dict(), self.optimizer.state_dict()]))

    def load_checkpoint(self, path):
        mine, model, optimizer = pickle.loads(Path(path).read_bytes())
        self.epoch, self.step, self.history = mine
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
