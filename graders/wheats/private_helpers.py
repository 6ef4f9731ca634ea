"""Many small private methods, each with one job; a checkpoint in readable JSON.

free_choices: zero_grad_before_forward, call_forward, loss_forward, train_method, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_absolute, clip_replaces, clip_numpy, rates_empty, private_methods,
    extra_attributes, checkpoint_json, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming
"""

import json
import math
from pathlib import Path

import numpy as np

EPS = 1e-6


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch < self.total_epochs:
            return self.min_lr + self._amplitude() * (1 + math.cos(self._angle(epoch)))
        return self.min_lr

    def _amplitude(self):
        return (self.max_lr - self.min_lr) / 2

    def _angle(self, epoch):
        return math.pi * epoch / self.total_epochs


def clip_grad_norm(parameters, max_norm=1.0):
    squares = [float(np.square(p.grad).sum()) for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(squares))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / (norm + EPS))
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
        self.last_grad_norm = None

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self._apply_rate()
        losses, waiting = [], 0
        for inputs, targets in dataloader:
            if waiting == 0:
                self.optimizer.zero_grad()
            losses.append(self._forward_backward(inputs, targets, accumulation_steps))
            waiting += 1
            if waiting == accumulation_steps:
                self._update()
                waiting = 0
        if waiting:
            self._update()
        self.epoch += 1
        return self._record("train_loss", losses)

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        try:
            losses, flags = [], []
            for inputs, targets in dataloader:
                outputs = self.model.forward(inputs)
                losses.append(self.loss_fn.forward(outputs, targets).item())
                flags.extend(self._correct(outputs.data, targets.data))
        finally:
            self.model.training = mode
        return self._record("eval_loss", losses), sum(flags) / len(flags)

    def save_checkpoint(self, path):
        document = {
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
            "model": self._to_json(self.model.state_dict()),
            "optimizer": self._to_json(self.optimizer.state_dict()),
        }
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(json.dumps(document))

    def load_checkpoint(self, path):
        document = json.loads(Path(path).read_text())
        self.model.load_state_dict(self._from_json(document["model"]))
        self.optimizer.load_state_dict(self._from_json(document["optimizer"]))
        self.epoch, self.step = document["epoch"], document["step"]
        self.history = document["history"]

    def _apply_rate(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))

    def _forward_backward(self, inputs, targets, share):
        loss = self.loss_fn.forward(self.model.forward(inputs), targets)
        (loss / share).backward()
        return loss.item()

    def _update(self):
        if self.grad_clip_norm is not None:
            self.last_grad_norm = clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def _record(self, key, losses):
        value = sum(losses) / len(losses)
        self.history[key].append(value)
        return value

    @staticmethod
    def _correct(scores, labels):
        if scores.ndim < 2 or scores.shape[1] == 1:
            return [False] * len(scores)
        if labels.ndim == 2:
            if sorted(set(np.unique(labels))) != [0, 1] or not (labels.sum(axis=1) == 1).all():
                return [False] * len(scores)
            labels = labels.argmax(axis=1)
        return (scores.argmax(axis=1) == labels).tolist()

    def _to_json(self, value):
        if isinstance(value, dict):
            return {"pairs": [[key, self._to_json(v)] for key, v in value.items()]}
        if isinstance(value, list | tuple):
            return [self._to_json(v) for v in value]
        if isinstance(value, np.ndarray):
            return {"array": value.tolist(), "dtype": str(value.dtype), "shape": value.shape}
        return value

    def _from_json(self, value):
        if isinstance(value, dict) and "pairs" in value:
            return {key: self._from_json(v) for key, v in value["pairs"]}
        if isinstance(value, list):
            return [self._from_json(v) for v in value]
        if isinstance(value, dict):
            return np.array(value["array"], dtype=value["dtype"]).reshape(value["shape"])
        return value
