"""Fetches all batches with list() before it trains, then walks over slices of the list.

free_choices: zero_grad_before_forward, grads_to_none, clear_model_parameters, call_model, training_attribute,
    mode_restored, scaled_loss, short_group_by_length, clip_epsilon_absolute, clip_replaces, clip_numpy,
    rates_empty, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch, stale_cleared, fetch_all_first
"""

import gzip
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        mid = (self.max_lr + self.min_lr) / 2
        swing = (self.max_lr - self.min_lr) / 2
        if epoch >= self.total_epochs:
            return self.min_lr
        return mid + swing * float(np.cos(np.pi * epoch / self.total_epochs))


def clip_grad_norm(parameters, max_norm=1.0):
    norms = [np.linalg.norm(p.grad.ravel()) for p in parameters if p.grad is not None]
    if not norms:
        return 0.0
    norm = float(np.linalg.norm(np.array(norms, dtype=np.float64)))
    if norm <= max_norm:
        return norm
    for p in parameters:
        if p.grad is not None:
            p.grad = p.grad * (max_norm / (norm + 1e-7))
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
        batches = list(dataloader)
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = np.zeros(len(batches))
        for start in range(0, len(batches), accumulation_steps):
            chunk = batches[start : start + accumulation_steps]
            for p in self.model.parameters():
                p.grad = None
            for offset, (x, y) in enumerate(chunk):
                loss = self.loss_fn(self.model(x), y)
                losses[start + offset] = loss.item()
                (loss / len(chunk)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), max_norm=self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        result = float(losses.mean())
        self.history["train_loss"].append(result)
        return result

    def evaluate(self, dataloader):
        batches = list(dataloader)
        previous = self.model.training
        self.model.training = False
        outputs = [self.model(x) for x, _ in batches]
        losses = [self.loss_fn(out, y).item() for out, (_, y) in zip(outputs, batches, strict=True)]
        self.model.training = previous
        result = float(np.mean(losses))
        self.history["eval_loss"].append(result)
        scores = np.concatenate([out.data for out in outputs])
        labels = np.concatenate([y.data for _, y in batches])
        return result, self.accuracy(scores, labels)

    @staticmethod
    def accuracy(scores, labels):
        if scores.ndim != 2 or scores.shape[1] < 2:
            return 0.0
        if labels.ndim == 2:
            if not (np.all(np.isin(labels, [0, 1])) and np.all(labels.sum(axis=1) == 1)):
                return 0.0
            labels = np.argmax(labels, axis=1)
        return float(np.mean(np.argmax(scores, axis=1) == labels))

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        state = (
            self.epoch,
            self.step,
            {key: list(values) for key, values in self.history.items()},
            self.model.state_dict(),
            self.optimizer.state_dict(),
        )
        with gzip.open(path, "wb") as f:
            pickle.dump(state, f)

    def load_checkpoint(self, path):
        with gzip.open(path, "rb") as f:
            self.epoch, self.step, history, weights, moments = pickle.load(f)
        self.history.update(history)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(moments)
