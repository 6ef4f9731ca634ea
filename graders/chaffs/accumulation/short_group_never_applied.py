"""The last, short group is never applied.

point: accumulation
cause: short_group_dropped
bug: updates are made after full groups only, and the gradients left at the end of the epoch are cleared
    when the next one starts.
remedy: after the loop apply what is left, if anything is.
source: https://github.com/ultralytics/ultralytics/pull/11217
bug_id: A2
style: plain
subtle: yes
also_fails: none
"""

import math
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
        cosine = (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2
        return self.min_lr + (self.max_lr - self.min_lr) * cosine


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


def count_correct(outputs, targets):
    if outputs.ndim != 2 or outputs.shape[1] < 2:
        return None
    if targets.ndim == 2:
        rows_are_one_hot = ((targets == 0) | (targets == 1)).all() and (targets.sum(axis=1) == 1).all()
        if targets.shape != outputs.shape or not rows_are_one_hot:
            return None
        targets = targets.argmax(axis=1)
    return int(np.sum(outputs.argmax(axis=1) == targets))


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self.optimizer.zero_grad()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        for i, (inputs, targets) in enumerate(dataloader):
            outputs = self.model(inputs)
            loss = self.loss_fn(outputs, targets)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if (i + 1) % accumulation_steps == 0:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
        self.epoch += 1
        epoch_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, batches = 0.0, 0
        correct, seen = 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            total_loss += self.loss_fn(outputs, targets).item()
            batches += 1
            hits = count_correct(outputs.data, targets.data)
            if hits is not None:
                correct += hits
                seen += len(outputs.data)
        average = total_loss / batches
        self.history["eval_loss"].append(average)
        return average, (correct / seen if seen else 0.0)

    def save_checkpoint(self, path):
        folder = os.path.dirname(os.fspath(path))
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.epoch, self.step, dict(self.history)), f)
            pickle.dump(self.model.state_dict(), f)
            pickle.dump(self.optimizer.state_dict(), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            epoch, step, history = pickle.load(f)
            weights = pickle.load(f)
            optimizer_state = pickle.load(f)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer_state)
        self.epoch, self.step = epoch, step
        self.history.clear()
        self.history.update(history)
