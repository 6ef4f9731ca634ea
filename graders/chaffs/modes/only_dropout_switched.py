"""Switches the Dropout layers only.

point: modes
cause: partial_switch
bug: evaluate() sets training = False on the Dropout layers it finds, and leaves BatchNorm in training mode.
remedy: Switch the whole model with self.model.eval().
source: https://github.com/namisan/mt-dnn/issues/45
bug_id: none
style: grouped
subtle: yes
also_fails: none
"""

import itertools
import pickle
from pathlib import Path

import numpy as np
from tinystack import Dropout


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        angle = np.pi * min(epoch, self.total_epochs) / self.total_epochs
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(angle)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    owners = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum((p.grad**2).sum() for p in owners)))
    if norm > max_norm:
        for p in owners:
            p.grad = p.grad * (max_norm / norm)
    return norm


def groups_of(size, iterable):
    iterator = iter(iterable)
    while group := list(itertools.islice(iterator, size)):
        yield group


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
        losses = []
        for group in groups_of(accumulation_steps, dataloader):
            self.optimizer.zero_grad()
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(float(loss.data))
                (loss / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return self.history["train_loss"][-1]

    def evaluate(self, dataloader):
        for layer in getattr(self.model, "layers", [self.model]):
            if isinstance(layer, Dropout):
                layer.training = False
        losses, verdicts = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(float(self.loss_fn(out, y).data))
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                labels = y.data
                if labels.ndim == 2:
                    is_hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
                    labels = labels.argmax(axis=1) if is_hot else None
                if labels is not None:
                    verdicts.append(out.data.argmax(axis=1) == labels)
        loss = sum(losses) / len(losses)
        self.history["eval_loss"].append(loss)
        return loss, float(np.concatenate(verdicts).mean()) if verdicts else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            state = [self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, self.history]
            pickle.dump(state, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            model, optimizer, self.epoch, self.step, self.history = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
