"""The counter of samples is never advanced, so the accuracy is always 0.

point: modes
cause: accuracy_wrong
bug: total stays 0, and the guard against a division by zero returns 0.0 for every classifier.
remedy: Add the number of samples of each batch to total.
source: https://github.com/XifengGuo/CapsNet-Pytorch/issues/4
bug_id: M8
style: seeded
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
        decay = 0.5 * (1.0 + np.cos(np.pi * epoch / self.total_epochs))
        return self.min_lr + (self.max_lr - self.min_lr) * decay


def clip_grad_norm(parameters, max_norm=1.0):
    total_norm = np.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None))
    if total_norm > max_norm:
        clip_coef = max_norm / (total_norm + 1e-8)
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * clip_coef
    return float(total_norm)


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

    def _optimizer_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        total_loss, num_batches = 0.0, 0
        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            loss = self.loss_fn.forward(self.model.forward(inputs), targets)
            loss.backward(np.ones_like(loss.data) / accumulation_steps)
            total_loss += float(loss.data)
            num_batches += 1
            if num_batches % accumulation_steps == 0:
                self._optimizer_step()
        if num_batches % accumulation_steps != 0:
            self._optimizer_step()
        avg_loss = total_loss / num_batches
        self.history["train_loss"].append(avg_loss)
        self.epoch += 1
        return avg_loss

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, num_batches = 0.0, 0
        correct, total = 0, 0
        for inputs, targets in dataloader:
            outputs = self.model.forward(inputs)
            total_loss += float(self.loss_fn.forward(outputs, targets).data)
            num_batches += 1
            if outputs.data.ndim == 2 and outputs.data.shape[1] > 1:
                predictions = np.argmax(outputs.data, axis=1)
                if targets.data.ndim == 1:
                    correct += int(np.sum(predictions == targets.data))
                elif np.isin(targets.data, (0, 1)).all() and (targets.data.sum(axis=1) == 1).all():
                    correct += int(np.sum(predictions == np.argmax(targets.data, axis=1)))
        avg_loss = total_loss / num_batches
        self.history["eval_loss"].append(avg_loss)
        accuracy = correct / total if total > 0 else 0.0
        return avg_loss, accuracy

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        checkpoint = {
            "epoch": self.epoch,
            "step": self.step,
            "model_state": self.model.state_dict(),
            "optimizer_state": self.optimizer.state_dict(),
            "history": self.history,
        }
        with open(path, "wb") as f:
            pickle.dump(checkpoint, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            checkpoint = pickle.load(f)
        self.epoch = checkpoint["epoch"]
        self.step = checkpoint["step"]
        self.history = checkpoint["history"]
        self.model.load_state_dict(checkpoint["model_state"])
        self.optimizer.load_state_dict(checkpoint["optimizer_state"])
