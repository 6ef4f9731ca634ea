"""Accumulates by seeding backward with 1/k, so that the loss itself is never scaled.

free_choices: zero_grad_before_forward, call_model, training_attribute, eval_mode_left_on, scaled_seed,
    short_group_by_k, clip_epsilon_none, clip_in_place, clip_numpy, rates_constant, helper_functions,
    checkpoint_zip, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming
"""

import io
import json
import math
import pathlib
import zipfile

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.hi = max_lr
        self.lo = min_lr
        self.n = total_epochs

    def get_lr(self, epoch):
        angle = math.pi * min(epoch, self.n) / self.n
        weight = (1 + math.cos(angle)) / 2
        return weight * self.hi + (1 - weight) * self.lo


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in grads))
    if norm > max_norm:
        for g in grads:
            np.multiply(g, max_norm / norm, out=g)
    return norm


def is_one_hot(array):
    return bool(((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all())


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}
        self.epoch = 0
        self.step = 0

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        self.history["learning_rates"].append(float(self.optimizer.lr))

        loss_sum = 0.0
        count = 0
        pending = False
        for count, (x, y) in enumerate(dataloader, start=1):
            if not pending:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss_sum += float(loss.data)
            loss.backward(np.full_like(loss.data, 1.0 / accumulation_steps))
            pending = True
            if count % accumulation_steps == 0:
                self.update()
                pending = False
        if pending:
            self.update()

        self.epoch += 1
        self.history["train_loss"].append(loss_sum / count)
        return loss_sum / count

    def update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step = self.step + 1

    def evaluate(self, dataloader):
        self.model.training = False
        losses = []
        right = rows = 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(float(self.loss_fn(out, y).data))
            p, t = out.data, y.data
            rows += p.shape[0]
            if p.ndim == 2 and p.shape[1] >= 2 and (t.ndim == 1 or is_one_hot(t)):
                t = t if t.ndim == 1 else t.argmax(1)
                right += np.count_nonzero(p.argmax(1) == t)
        mean = sum(losses) / len(losses)
        self.history["eval_loss"].append(mean)
        return mean, right / rows

    def save_checkpoint(self, path):
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        arrays = []

        def strip(value):
            """The value with every array replaced by its number in the archive."""
            if isinstance(value, np.ndarray):
                arrays.append(value)
                return {"array": len(arrays) - 1}
            if isinstance(value, dict):
                return {"keys": list(value), "values": [strip(v) for v in value.values()]}
            if isinstance(value, list | tuple):
                return [strip(v) for v in value]
            return value

        index = strip(
            [self.epoch, self.step, self.history, self.model.state_dict(), self.optimizer.state_dict()]
        )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("index.json", json.dumps(index))
            for i, array in enumerate(arrays):
                buffer = io.BytesIO()
                np.save(buffer, array)
                archive.writestr(f"{i}.npy", buffer.getvalue())

    def load_checkpoint(self, path):
        with zipfile.ZipFile(path) as archive:

            def fill(value):
                if isinstance(value, list):
                    return [fill(v) for v in value]
                if isinstance(value, dict) and "array" in value:
                    return np.load(io.BytesIO(archive.read(f"{value['array']}.npy")))
                if isinstance(value, dict):
                    return dict(zip(value["keys"], fill(value["values"]), strict=True))
                return value

            epoch, step, history, model_state, optimizer_state = fill(json.loads(archive.read("index.json")))
        self.model.load_state_dict(model_state)
        self.optimizer.load_state_dict(optimizer_state)
        self.epoch, self.step, self.history = epoch, step, history
