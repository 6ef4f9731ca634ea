"""Divides the sum of the batch means by the number of samples.

point: modes
cause: loss_wrong
bug: the losses of the batches are means already; dividing their sum by the samples makes it too small.
remedy: Divide by the number of batches (or weight each loss with its batch size).
source: https://github.com/Justin-A/DeepLearning101/issues/14
bug_id: O10
style: seeded
subtle: yes
also_fails: none
"""

import math
import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        t = epoch / self.total_epochs if epoch < self.total_epochs else 1.0
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * t)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = np.linalg.norm([np.linalg.norm(p.grad) if p.grad is not None else 0.0 for p in parameters])
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
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
        losses, pending = [], 0
        self.optimizer.zero_grad()
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            losses.append(float(loss.data))
            loss.backward(np.full(loss.data.shape, 1 / accumulation_steps))
            pending += 1
            if pending == accumulation_steps:
                pending = self.flush()
        if pending:
            self.flush()
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def flush(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return 0

    def evaluate(self, dataloader):
        self.model.eval()
        loss_sum, samples, correct, labelled = 0.0, 0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            loss_sum += float(self.loss_fn(out, y).data)
            samples += len(x.data)
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                labels = y.data
                if labels.ndim == 2:
                    if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
                        continue
                    labels = labels.argmax(axis=1)
                correct += int((out.data.argmax(axis=1) == labels).sum())
                labelled += len(labels)
        loss = loss_sum / samples
        self.history["eval_loss"].append(loss)
        return loss, correct / labelled if labelled else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(str(path))), exist_ok=True)
        out = {"epoch": self.epoch, "step": self.step, "history": self.history}
        out["model"] = self.model.state_dict()
        out["optimizer"] = self.optimizer.state_dict()
        with open(path, "wb") as f:
            pickle.dump(out, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            saved = pickle.load(f)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.epoch, self.step, self.history = saved["epoch"], saved["step"], saved["history"]
