"""Runs extra forward passes in evaluation mode, to report how much each batch's loss has improved.

free_choices: zero_grad_after_update, call_model, train_method, mode_restored, scaled_loss, short_group_by_k,
    clip_epsilon_absolute, clip_in_place, clip_numpy, rates_empty, private_methods, printing,
    extra_attributes, extra_forward_passes, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch,
    stale_cleared, fetch_all_first
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
        return (self.max_lr - self.min_lr) * (
            math.cos(math.pi * epoch / self.total_epochs) + 1
        ) / 2 + self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    norm = np.sqrt(np.sum([np.sum(p.grad**2) for p in parameters if p.grad is not None])).item()
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / (norm + 1e-6)
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
        self.improvements = []

    def train_epoch(self, dataloader, accumulation_steps=1):
        batches = list(dataloader)
        before = self._probe(batches)
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.model.train()
        self.optimizer.zero_grad()
        losses = []
        for i, (x, y) in enumerate(batches):
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if (i + 1) % accumulation_steps == 0 or i + 1 == len(batches):
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
        self.epoch += 1
        after = self._probe(batches)
        self.improvements.append([a - b for a, b in zip(before, after, strict=True)])
        print(f"epoch {self.epoch}: best improvement {max(self.improvements[-1]):.4f}")
        self.history["train_loss"].append(sum(losses) / len(losses))
        return self.history["train_loss"][-1]

    def _probe(self, batches):
        """The loss of every batch in evaluation mode. Changes nothing."""
        mode = self.model.training
        self.model.eval()
        losses = [self.loss_fn(self.model(x), y).item() for x, y in batches]
        self.model.training = mode
        return losses

    def evaluate(self, dataloader):
        batches = list(dataloader)
        mode = self.model.training
        losses = self._probe(batches)
        self.model.eval()
        right = [self._right(self.model(x).data, y.data) for x, y in batches]
        self.model.training = mode
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return self.history["eval_loss"][-1], float(np.mean(np.concatenate(right)))

    def _right(self, scores, labels):
        regression = scores.ndim != 2 or scores.shape[1] < 2
        if not regression and labels.ndim == 2:
            regression = not (np.isin(labels, [0, 1]).all() and (labels.sum(axis=1) == 1).all())
            labels = labels.argmax(axis=1)
        return np.zeros(len(scores)) if regression else scores.argmax(axis=1) == labels

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        state = {name: vars(self)[name] for name in ("epoch", "step", "history", "improvements")}
        with open(path, "wb") as f:
            pickle.dump((state, self.model.state_dict(), self.optimizer.state_dict()), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state, model, optimizer = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        vars(self).update(state)
