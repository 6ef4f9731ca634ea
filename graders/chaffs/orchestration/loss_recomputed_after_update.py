"""The loss is computed again after the update.

point: orchestration
cause: loss_measured_late
bug: the loss that is reported is computed a second time after optimizer.step(), with the weights that
    already know the batch.
remedy: keep the value of the loss from before the update.
source: https://github.com/pasqal-io/qadence/pull/705
bug_id: none
style: plain
subtle: yes
also_fails: none
"""

import os
import pickle
from math import cos, pi

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
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        k = accumulation_steps
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        group = []
        stream = iter(dataloader)
        batch = next(stream, None)
        while batch is not None:
            self.model.train()
            if not group:
                self.optimizer.zero_grad()
            inputs, targets = batch
            (self.loss_fn(self.model(inputs), targets) / k).backward()
            group.append(batch)
            batch = next(stream, None)
            if len(group) == k or batch is None:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.step += 1
                self.model.eval()
                losses += [self.loss_fn(self.model(x), y).item() for x, y in group]
                group = []
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
