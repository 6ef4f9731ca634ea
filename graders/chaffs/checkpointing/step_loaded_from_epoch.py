"""Loads the epoch into both counters.

point: checkpointing
cause: counters_not_saved
bug: load_checkpoint copies the epoch into step.
remedy: Read each counter under its own key.
source: https://github.com/NovaSky-AI/SkyRL/pull/589
bug_id: none
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
        cosine = math.cos(math.pi * epoch / self.total_epochs)
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + cosine) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for param in parameters:
        if param.grad is not None:
            total += float(np.sum(param.grad**2))
    total_norm = math.sqrt(total)
    if total_norm > max_norm:
        clip_coef = max_norm / (total_norm + 1e-6)
        for param in parameters:
            if param.grad is not None:
                param.grad *= clip_coef
    return total_norm


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

        total_loss = 0.0
        num_batches = 0
        self.optimizer.zero_grad()
        for i, (inputs, targets) in enumerate(dataloader):
            outputs = self.model(inputs)
            loss = self.loss_fn(outputs, targets)
            total_loss += float(loss)
            num_batches += 1
            scaled = loss / accumulation_steps
            scaled.backward()
            if (i + 1) % accumulation_steps == 0:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1

        if num_batches % accumulation_steps != 0:
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.step += 1

        avg_loss = total_loss / num_batches
        self.history["train_loss"].append(avg_loss)
        self.epoch += 1
        return avg_loss

    def evaluate(self, dataloader):
        was_training = self.model.training
        self.model.eval()
        total_loss = 0.0
        num_batches = 0
        correct = 0
        total = 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            total_loss += float(self.loss_fn(outputs, targets))
            num_batches += 1
            preds, labels = outputs.data, targets.data
            total += len(preds)
            if preds.ndim == 2 and preds.shape[1] > 1:
                if labels.ndim == 1:
                    correct += int(np.sum(np.argmax(preds, axis=1) == labels))
                elif np.all((labels == 0) | (labels == 1)) and np.all(labels.sum(axis=1) == 1):
                    correct += int(np.sum(np.argmax(preds, axis=1) == np.argmax(labels, axis=1)))
        if was_training:
            self.model.train()
        avg_loss = total_loss / num_batches
        self.history["eval_loss"].append(avg_loss)
        return avg_loss, correct / total

    def save_checkpoint(self, path):
        folder = os.path.dirname(str(path))
        if folder:
            os.makedirs(folder, exist_ok=True)
        checkpoint = {
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
            "model_state": self.model.state_dict(),
            "optimizer_state": self.optimizer.state_dict(),
        }
        with open(path, "wb") as f:
            pickle.dump(checkpoint, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            checkpoint = pickle.load(f)
        self.epoch = checkpoint["epoch"]
        self.step = checkpoint["epoch"]
        self.history = checkpoint["history"]
        self.model.load_state_dict(checkpoint["model_state"])
        self.optimizer.load_state_dict(checkpoint["optimizer_state"])
