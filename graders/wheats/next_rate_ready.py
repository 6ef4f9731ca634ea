"""Sets the rate of the next epoch when one ends; of the first in the constructor, and after loading.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_none, clip_in_place, clip_numpy, rates_empty, private_methods,
    checkpoint_pickle_dict, rate_set_for_next_epoch, mean_by_batch, stale_cleared, streaming
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return 0.5 * (
            self.max_lr
            + self.min_lr
            + (self.max_lr - self.min_lr) * math.cos(epoch * math.pi / self.total_epochs)
        )


def clip_grad_norm(parameters, max_norm=1.0):
    total_norm = 0.0
    for p in parameters:
        if p.grad is not None:
            total_norm += float(np.dot(p.grad.flatten(), p.grad.flatten()))
    total_norm = total_norm**0.5
    if total_norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / total_norm
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
        self._schedule_rate()

    def _schedule_rate(self):
        """Give the optimizer the rate of the epoch that comes next."""
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)

    def _finish_epoch(self, loss):
        self.history["train_loss"].append(loss)
        if self.scheduler is not None:
            self.history["learning_rates"].append(self.optimizer.lr)
        self.epoch += 1
        self._schedule_rate()

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        losses = []
        for x, y in dataloader:
            if len(losses) % accumulation_steps == 0:
                self.optimizer.zero_grad()
            output = self.model(x)
            loss = self.loss_fn(output, y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if len(losses) % accumulation_steps == 0:
                self._step()
        if len(losses) % accumulation_steps > 0:
            self._step()
        average = sum(losses) / len(losses)
        self._finish_epoch(average)
        return average

    def _step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        was_training = self.model.training
        self.model.eval()
        losses, correct, total = [], 0, 0
        for x, y in dataloader:
            output = self.model(x)
            losses.append(self.loss_fn(output, y).item())
            total += output.data.shape[0]
            if self._is_classification(output.data, y.data):
                labels = y.data if y.data.ndim == 1 else np.argmax(y.data, axis=1)
                correct += np.equal(np.argmax(output.data, axis=1), labels).sum()
        self.model.training = was_training
        average = sum(losses) / len(losses)
        self.history["eval_loss"].append(average)
        return average, float(correct / total)

    def _is_classification(self, output, target):
        if output.ndim != 2 or output.shape[1] < 2:
            return False
        if target.ndim == 1:
            return True
        return (
            target.shape == output.shape
            and np.all(np.sort(target)[:, :-1] == 0)
            and np.all(target.max(axis=1) == 1)
        )

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict()), f)
            pickle.dump((self.epoch, self.step, self.history), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            model_state, optimizer_state = pickle.load(f)
            self.epoch, self.step, self.history = pickle.load(f)
        self.model.load_state_dict(model_state)
        self.optimizer.load_state_dict(optimizer_state)
        self._schedule_rate()
