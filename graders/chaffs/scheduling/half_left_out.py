"""The cosine term is not halved

point: scheduling
cause: formula_wrong
bug: 1 + cos runs from 2 to 0 and is not divided by 2, so the schedule begins near twice max_lr.
remedy: Halve the cosine term: (max_lr - min_lr) * (1 + cos) / 2.
source: https://github.com/EleutherAI/gpt-neox/pull/1008
bug_id: none
style: grouped
subtle: yes
also_fails: none
"""

import math
from itertools import islice
from pathlib import Path

import numpy as np


class CosineSchedule:
    """Cosine annealing."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        t = min(epoch, self.total_epochs) / self.total_epochs
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * t))


def matches(scores, labels):
    """One flag per sample; all False when this is no classification."""
    nothing = np.zeros(len(scores), dtype=bool)
    if scores.ndim < 2 or scores.shape[-1] == 1:
        return nothing
    if labels.shape == scores.shape:
        if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
            return nothing
        labels = labels.argmax(axis=1)
    return scores.argmax(axis=1) == labels


def clip_grad_norm(parameters, max_norm=1.0):
    total = math.fsum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None)
    norm = math.sqrt(total)
    if norm <= max_norm:
        return norm
    for p in parameters:
        if p.grad is None:
            continue
        p.grad = p.grad / norm * max_norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        stream = iter(dataloader)
        losses = []
        while group := list(islice(stream, accumulation_steps)):
            self.optimizer.zero_grad()
            for images, truth in group:
                objective = self.loss_fn(self.model(images), truth)
                losses.append(float(objective))
                (objective / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        epoch_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        was_training = self.model.training
        self.model.training = False
        try:
            loss_sum, batches, hits, samples = 0.0, 0, 0, 0
            for images, truth in dataloader:
                logits_t = self.model.forward(images)
                loss_sum += self.loss_fn.forward(logits_t, truth).item()
                batches += 1
                samples += len(logits_t.data)
                hits += int(np.sum(matches(logits_t.data, truth.data)))
        finally:
            self.model.training = was_training
        mean_loss = loss_sum / batches
        self.history["eval_loss"].append(mean_loss)
        return mean_loss, hits / samples

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        box = np.empty(4, dtype=object)
        box[0] = self.model.state_dict()
        box[1] = self.optimizer.state_dict()
        box[2] = {"epoch": self.epoch, "step": self.step}
        box[3] = {name: list(values) for name, values in self.history.items()}
        with open(path, "wb") as out:
            np.save(out, box, allow_pickle=True)

    def load_checkpoint(self, path):
        with open(path, "rb") as source:
            weights, optimizer, counters, history = np.load(source, allow_pickle=True)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step = counters["epoch"], counters["step"]
        self.history = history
