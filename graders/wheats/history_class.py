"""The history is an own subclass of dict that draws itself as text, and is made anew on loading.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_length, clip_epsilon_none, clip_in_place, clip_numpy, rates_empty, history_dict_subclass,
    history_new_object_after_load, plots, printing, extra_attributes, checkpoint_json, rate_set_each_epoch,
    mean_by_batch, stale_cleared, fetch_group_ahead
"""

import json
import math
from itertools import groupby
from pathlib import Path

import numpy as np

BARS = "▁▂▃▄▅▆▇█"


class History(dict):
    def __init__(self, **series):
        super().__init__(train_loss=[], eval_loss=[], learning_rates=[])
        self.update(series)

    def record(self, name, value):
        self[name].append(value)
        return value

    def plot(self, name):
        values = self[name]
        low, high = min(values), max(values)
        width = (high - low) or 1.0
        print(f"{name:>15} {''.join(BARS[round(7 * (v - low) / width)] for v in values)} {values[-1]:.5f}")


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        left = 1 - min(epoch / self.total_epochs, 1)
        return self.min_lr + (self.max_lr - self.min_lr) * (1 - math.cos(math.pi * left)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(
        sum(float(np.inner(p.grad.ravel(), p.grad.ravel())) for p in parameters if p.grad is not None)
    )
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad /= norm / max_norm
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
        self.history = History()
        self.best = None

    def train_epoch(self, dataloader, accumulation_steps=1):
        if self.scheduler is not None:
            self.optimizer.lr = self.history.record("learning_rates", self.scheduler.get_lr(self.epoch))
        self.model.train()
        losses = []
        for _, numbered in groupby(enumerate(dataloader), key=lambda pair: pair[0] // accumulation_steps):
            group = [batch for _, batch in numbered]
            self.optimizer.zero_grad()
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        result = self.history.record("train_loss", sum(losses) / len(losses))
        self.best = result if self.best is None else min(self.best, result)
        self.history.plot("train_loss")
        return result

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        losses, hits, size = [], 0, 0
        for x, y in dataloader:
            out, y_data = self.model(x), y.data
            losses.append(self.loss_fn(out, y).item())
            size += len(out.data)
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                best = out.data.argmax(axis=1)
                if y_data.ndim == 1:
                    hits += int((best == y_data).sum())
                elif {*y_data.ravel()} == {0, 1} and {*y_data.sum(axis=1)} == {1}:
                    hits += int(y_data[range(len(best)), best].sum())
        self.model.training = mode
        result = self.history.record("eval_loss", sum(losses) / len(losses))
        self.history.plot("eval_loss")
        return result, hits / size

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as f:
            for part in (self.epoch, self.step, self.best, self.history):
                print(json.dumps(part), file=f)
            for state in (self.model.state_dict(), self.optimizer.state_dict()):
                print(json.dumps(state, default=np.ndarray.tolist), file=f)

    def load_checkpoint(self, path):
        with open(path) as f:
            epoch, step, best, history, weights, moments = map(json.loads, f)
        moments["buffers"] = {
            name: [None if values is None else np.array(values) for values in buffer]
            for name, buffer in moments["buffers"].items()
        }
        self.model.load_state_dict({name: np.array(values) for name, values in weights.items()})
        self.optimizer.load_state_dict(moments)
        self.epoch, self.step, self.best, self.history = epoch, step, best, History(**history)
