"""Saving empties the history of the running trainer.

point: checkpointing
cause: saving_changes_run
bug: save_checkpoint() writes the history and then starts a new one, so entries before the save are gone.
remedy: Leave self.history alone when saving.
source: https://github.com/keras-team/keras/issues/6697
bug_id: K21
style: plain
subtle: yes
also_fails: none
"""

import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / norm
    return norm


def empty_history():
    return {"train_loss": [], "eval_loss": [], "learning_rates": []}


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = empty_history()

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        loss_sum, n = 0.0, 0
        for x, y in dataloader:
            if n % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            (loss / accumulation_steps).backward()
            loss_sum += loss.item()
            n += 1
            if n % accumulation_steps == 0:
                self.update()
        if n % accumulation_steps != 0:
            self.update()
        self.epoch += 1
        self.history["train_loss"].append(loss_sum / n)
        return loss_sum / n

    def update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        loss_sum, n, hits, samples = 0.0, 0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            loss_sum += self.loss_fn(out, y).item()
            n += 1
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2:
                    if not (np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all()):
                        continue
                    t = t.argmax(axis=1)
                hits += int((out.data.argmax(axis=1) == t).sum())
                samples += len(t)
        self.history["eval_loss"].append(loss_sum / n)
        return loss_sum / n, hits / samples if samples else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict()), f)
            pickle.dump((self.epoch, self.step, self.history), f)
        self.history = empty_history()

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            model, optimizer = pickle.load(f)
            epoch, step, history = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = epoch, step, history
