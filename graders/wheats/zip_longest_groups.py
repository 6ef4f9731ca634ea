"""Groups batches with zip_longest and a filler, as the itertools recipe does.

free_choices: zero_grad_before_forward, call_model, training_attribute, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_none, clip_in_place, clip_numpy, rates_empty, helper_functions,
    private_methods, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch, stale_cleared,
    fetch_group_ahead
"""

import bz2
import math
import pickle
from itertools import zip_longest
from operator import itemgetter
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        # The schedule runs from +1 to -1, and stays there.
        cosine = -1.0 if epoch >= self.total_epochs else math.cos(math.pi * epoch / self.total_epochs)
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + cosine) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    *grads, norm = [p.grad for p in parameters if p.grad is not None] + [0.0]
    for g in grads:
        norm += float(np.sum(g**2))
    norm **= 0.5
    for g in grads:
        if norm > max_norm:
            g *= max_norm / norm
    return norm


def grouper(iterable, n):
    return zip_longest(*[iter(iterable)] * n)


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
        self._begin()
        losses = [
            loss
            for group in grouper(dataloader, accumulation_steps)
            for loss in self._train_group(group, accumulation_steps)
        ]
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return self.history["train_loss"][-1]

    def _begin(self):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _train_group(self, group, k):
        self.optimizer.zero_grad()
        losses = []
        for batch in group:
            if batch is None:
                break
            inputs, targets = batch
            loss = self.loss_fn(self.model(inputs), targets)
            (loss * (1.0 / k)).backward()
            losses.append(loss.item())
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        return losses

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.training = False
        rows = [self._evaluate_batch(inputs, targets) for inputs, targets in dataloader]
        self.model.training = before
        loss = sum(map(itemgetter(0), rows)) / len(rows)
        self.history["eval_loss"].append(loss)
        return loss, sum(map(itemgetter(1), rows)) / sum(map(itemgetter(2), rows))

    def _evaluate_batch(self, inputs, targets):
        outputs = self.model(inputs)
        loss = self.loss_fn(outputs, targets).item()
        scores, labels = outputs.data, targets.data
        n, classes = len(scores), 1 if scores.ndim == 1 else scores.shape[1]
        if (
            classes > 1
            and labels.ndim == 2
            and sorted(labels.ravel()) == [0.0] * (n * classes - n) + [1.0] * n
        ):
            labels = labels.argmax(axis=1) if (labels.sum(axis=1) == 1).all() else labels
        if classes == 1 or labels.ndim == 2:
            return loss, 0, n
        return loss, int((scores.argmax(axis=1) == labels).sum()), n

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        numbers = {"epoch": self.epoch, "step": self.step}
        parts = [numbers, self.history, self.model.state_dict(), self.optimizer.state_dict()]
        Path(path).write_bytes(bz2.compress(pickle.dumps(parts)))

    def load_checkpoint(self, path):
        numbers, self.history, model, optimizer = pickle.loads(bz2.decompress(Path(path).read_bytes()))
        self.epoch, self.step = numbers["epoch"], numbers["step"]
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
