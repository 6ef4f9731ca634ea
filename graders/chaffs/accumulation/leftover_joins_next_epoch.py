"""The short group's gradient waits for the next epoch.

point: accumulation
cause: short_group_leaks
bug: a short group is not applied at the end of the epoch and its gradients are not cleared, so they join
    the next epoch's first group.
remedy: apply the short group after the loop.
source: https://github.com/huggingface/transformers/pull/29561
bug_id: A3
style: gradscale
subtle: yes
also_fails: zero_grad
"""

from math import cos, pi
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.top = max_lr
        self.floor = min_lr
        self.length = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.length:
            return self.floor
        weight = 0.5 + 0.5 * cos(pi * epoch / self.length)
        return weight * self.top + (1 - weight) * self.floor


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


def is_one_hot(array):
    return bool(np.all(np.sort(array, axis=1)[:, :-1] == 0) and np.all(array.max(axis=1) == 1))


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
        losses, members = [], 0
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            losses.append(loss.item())
            members += 1
            if members == accumulation_steps:
                for p in self.model.parameters():
                    if p.grad is not None:
                        p.grad = p.grad / members
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
                members = 0
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def evaluate(self, dataloader):
        was_training = self.model.training
        self.model.eval()
        running, n_batches, n_right, n_samples = 0.0, 0, 0, 0
        for batch_x, batch_y in dataloader:
            logits = self.model(batch_x)
            running = running + float(self.loss_fn(logits, batch_y).data)
            n_batches = n_batches + 1
            scores, truth = logits.data, batch_y.data
            if scores.ndim == 2 and scores.shape[1] >= 2:
                if truth.ndim == 2 and is_one_hot(truth):
                    truth = truth.argmax(axis=1)
                if truth.ndim == 1:
                    n_right += int((scores.argmax(axis=1) == truth).sum())
                    n_samples += scores.shape[0]
        self.model.train(was_training)
        mean_loss = running / n_batches
        self.history["eval_loss"].append(mean_loss)
        accuracy = n_right / n_samples if n_samples > 0 else 0.0
        return mean_loss, accuracy

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        bundle = np.array(
            [self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, dict(self.history)],
            dtype=object,
        )
        with open(path, "wb") as handle:
            np.save(handle, bundle, allow_pickle=True)

    def load_checkpoint(self, path):
        with open(path, "rb") as handle:
            model, optimizer, epoch, step, history = np.load(handle, allow_pickle=True)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step = int(epoch), int(step)
        self.history.update(history)
