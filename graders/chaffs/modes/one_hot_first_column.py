"""Reads one-hot targets as if their first column were the label.

point: modes
cause: accuracy_one_hot
bug: targets.reshape(N, -1)[:, 0] takes the first of the one-hot entries for the class number.
remedy: Use targets.argmax(axis=1) when the targets have two dimensions.
source: https://github.com/apache/mxnet/issues/9582
bug_id: M15
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
        if epoch < self.total_epochs:
            c = np.cos(np.pi * epoch / self.total_epochs)
            return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + c) / 2)
        return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    sq = [float(np.sum(p.grad**2)) for p in parameters if p.grad is not None]
    norm = sum(sq) ** 0.5
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
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        k = accumulation_steps
        losses = []
        for i, (x, y) in enumerate(dataloader):
            if i % k == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss * (1 / k)).backward()
            if i % k == k - 1:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.step += 1
        if len(losses) % k:
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        avg = sum(losses) / len(losses)
        self.history["train_loss"].append(avg)
        return avg

    def evaluate(self, dataloader):
        self.model.eval()
        losses, correct, total = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            scores, t = out.data, y.data
            if scores.ndim == 2 and scores.shape[1] > 1:
                if t.ndim == 2 and not (np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all()):
                    continue
                labels = t.reshape(len(t), -1)[:, 0].astype(int)
                correct += int((scores.argmax(axis=1) == labels).sum())
                total += len(labels)
        avg = sum(losses) / len(losses)
        self.history["eval_loss"].append(avg)
        return avg, correct / total if total else 0.0

    def save_checkpoint(self, path):
        folder = os.path.dirname(path)
        if folder != "":
            os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as f:
            f.write(
                pickle.dumps(
                    [self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, self.history]
                )
            )

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            parts = pickle.loads(f.read())
        self.model.load_state_dict(parts[0])
        self.optimizer.load_state_dict(parts[1])
        self.epoch, self.step, self.history = parts[2], parts[3], parts[4]
