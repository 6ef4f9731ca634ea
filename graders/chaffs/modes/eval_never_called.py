"""Evaluates without switching to evaluation mode.

point: modes
cause: evaluates_in_training
bug: evaluate() never calls model.eval(), so Dropout drops and BatchNorm uses and moves its statistics.
remedy: Call self.model.eval() before the loop of evaluate().
source: https://github.com/as791/ZOO_Attack_PyTorch/pull/10
bug_id: M2
style: gradscale
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
        return self.min_lr + (self.max_lr - self.min_lr) * np.cos(np.pi * epoch / (2 * self.total_epochs)) ** 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = np.sqrt(sum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * max_norm / norm
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

    def update(self, group_size):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad / group_size
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        for p in self.model.parameters():
            p.grad = None

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = lr
            self.history["learning_rates"].append(float(lr))
        for p in self.model.parameters():
            p.grad = None
        loss_sum, n_batches, in_group = 0.0, 0, 0
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            loss_sum += float(loss.data)
            n_batches += 1
            in_group += 1
            if in_group == accumulation_steps:
                self.update(in_group)
                in_group = 0
        if in_group > 0:
            self.update(in_group)
        self.epoch += 1
        epoch_loss = loss_sum / n_batches
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        loss_sum, n_batches, n_right, n_all = 0.0, 0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            loss_sum += float(self.loss_fn(out, y).data)
            n_batches += 1
            if len(out.shape) == 2 and out.shape[1] >= 2:
                labels = y.data
                if labels.ndim == 2 and ((labels == 0) | (labels == 1)).all() and (labels.sum(1) == 1).all():
                    labels = np.argmax(labels, axis=1)
                if labels.ndim == 1:
                    n_right += int(np.sum(np.argmax(out.data, axis=1) == labels))
                    n_all += len(labels)
        loss = loss_sum / n_batches
        self.history["eval_loss"].append(loss)
        return loss, (n_right / n_all if n_all else 0.0)

    def save_checkpoint(self, path):
        folder = os.path.dirname(str(path))
        if folder:
            os.makedirs(folder, exist_ok=True)
        checkpoint = {key: getattr(self, key) for key in ("epoch", "step", "history")}
        checkpoint["weights"] = self.model.state_dict()
        checkpoint["optim"] = self.optimizer.state_dict()
        with open(path, "wb") as f:
            pickle.dump(checkpoint, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            checkpoint = pickle.load(f)
        self.model.load_state_dict(checkpoint.pop("weights"))
        self.optimizer.load_state_dict(checkpoint.pop("optim"))
        for key, value in checkpoint.items():
            setattr(self, key, value)
