"""epoch goes up with every batch.

point: orchestration
cause: epoch_counter_wrong
bug: `self.epoch += 1` stands inside the batch loop, so `epoch` counts batches and the schedule runs ahead.
remedy: increase `epoch` once, after the loop.
source: https://github.com/facebookresearch/mmf/pull/389
bug_id: O7
style: plain
subtle: yes
also_fails: scheduling
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


def is_one_hot(array):
    return bool(np.all(np.sort(array, axis=1)[:, :-1] == 0) and np.all(array.max(axis=1) == 1))


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        self.optimizer.zero_grad()
        for i, (x, y) in enumerate(dataloader):
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if (i + 1) % accumulation_steps == 0:
                self._update()
            self.epoch += 1
        if len(losses) % accumulation_steps != 0:
            self._update()
        loss = sum(losses) / len(losses)
        self.history["train_loss"].append(loss)
        return loss

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

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
