"""The history is a defaultdict(list) with keys of its own, and a new object after loading.

free_choices: zero_grad_after_update, call_model, train_method, mode_restored, scaled_loss, short_group_by_k,
    clip_epsilon_absolute, clip_in_place, clip_numpy, rates_constant, history_dict_subclass,
    history_extra_keys, history_new_object_after_load, private_methods, checkpoint_json, rate_set_each_epoch,
    mean_by_batch, stale_cleared, streaming
"""

import json
import math
from collections import defaultdict
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
        cos = math.cos(math.pi * epoch / self.total_epochs)
        return 0.5 * (1 - cos) * self.min_lr + 0.5 * (1 + cos) * self.max_lr


def clip_grad_norm(parameters, max_norm=1.0):
    norm_sq = 0.0
    for grad in (p.grad for p in parameters):
        norm_sq += 0.0 if grad is None else float((grad**2).sum())
    norm = norm_sq**0.5
    if norm > max_norm:
        for grad in (p.grad for p in parameters):
            if grad is not None:
                grad *= max_norm / (norm + 1e-6)
    return norm


KEYS = ("train_loss", "eval_loss", "learning_rates")


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = defaultdict(list, {key: [] for key in KEYS})

    def train_epoch(self, dataloader, accumulation_steps=1):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        self.model.train()
        self.optimizer.zero_grad()
        losses = []
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            (loss * (1 / accumulation_steps)).backward()
            losses.append(loss.item())
            self.history["batch_loss"].append(losses[-1])
            if not len(losses) % accumulation_steps:
                self._update()
        if len(losses) % accumulation_steps:
            self._update()
        self.history["train_loss"].append(sum(losses) / len(losses))
        self.history["learning_rates"].append(self.optimizer.lr)
        self.history["updates_until"].append(self.step)
        self.epoch += 1
        return self.history["train_loss"][-1]

    def _update(self):
        if self.grad_clip_norm is not None:
            self.history["grad_norm"].append(clip_grad_norm(self.model.parameters(), self.grad_clip_norm))
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        losses, outcome = [], defaultdict(int)
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            for row, label in zip(out.data, y.data, strict=True):
                outcome[self._verdict(row, label)] += 1
        self.model.training = mode
        accuracy = outcome["right"] / sum(outcome.values())
        self.history["eval_loss"].append(sum(losses) / len(losses))
        self.history["accuracy"].append(accuracy)
        return self.history["eval_loss"][-1], accuracy

    def _verdict(self, row, label):
        if np.size(row) < 2:
            return "number"
        if np.ndim(label) == 1:
            if sorted(label.tolist()) != [0.0] * (len(label) - 1) + [1.0]:
                return "number"
            label = label.argmax()
        return "right" if row.argmax() == label else "wrong"

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {"epoch": self.epoch, "step": self.step, "history": dict(self.history)}
        state["model"] = {name: array.tolist() for name, array in self.model.state_dict().items()}
        state["optimizer"] = self.optimizer.state_dict()
        path.write_text(json.dumps(state, default=lambda array: {"__array__": array.tolist()}))

    def load_checkpoint(self, path):
        state = json.loads(
            Path(path).read_text(),
            object_hook=lambda d: np.array(d["__array__"]) if "__array__" in d else d,
        )
        self.model.load_state_dict({name: np.array(values) for name, values in state["model"].items()})
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step = state["epoch"], state["step"]
        self.history = defaultdict(list, state["history"])
