"""Writes its checkpoint byte by byte with struct: a type letter, a length, a payload.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_relative, clip_in_place, clip_numpy, rates_empty, private_methods,
    helper_functions, checkpoint_struct, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming
"""

import io
import math
import struct
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
        wave = 1 + math.cos(math.pi * epoch / self.total_epochs)
        return self.min_lr + wave * (self.max_lr - self.min_lr) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = np.sqrt(sum([np.sum(p.grad * p.grad) for p in parameters if p.grad is not None], 0.0))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / (norm * (1 + 1e-8))
    return float(norm)


def write(value, out):
    if value is None:
        out.write(b"n")
    elif isinstance(value, float):
        out.write(b"f" + struct.pack("<d", value))
    elif isinstance(value, int):
        out.write(b"i" + struct.pack("<q", value))
    elif isinstance(value, str):
        raw = value.encode()
        out.write(b"s" + struct.pack("<I", len(raw)) + raw)
    elif isinstance(value, np.ndarray):
        out.write(b"a" + struct.pack("<I", value.ndim) + struct.pack(f"<{value.ndim}q", *value.shape))
        out.write(value.astype("<f8").tobytes())
    elif isinstance(value, list):
        out.write(b"l" + struct.pack("<I", len(value)))
        for item in value:
            write(item, out)
    elif isinstance(value, dict):
        out.write(b"d")
        write(list(value.keys()), out)
        write(list(value.values()), out)
    else:
        raise TypeError(f"cannot save a {type(value).__name__}")


def read(source):
    def number(code):
        (result,) = struct.unpack("<" + code, source.read(struct.calcsize("<" + code)))
        return result

    letter = source.read(1)
    if letter == b"n":
        return None
    if letter == b"f":
        return number("d")
    if letter == b"i":
        return number("q")
    if letter == b"s":
        return source.read(number("I")).decode()
    if letter == b"a":
        shape = [number("q") for _ in range(number("I"))]
        return np.frombuffer(source.read(8 * math.prod(shape)), dtype="<f8").reshape(shape).copy()
    if letter == b"l":
        return [read(source) for _ in range(number("I"))]
    if letter == b"d":
        keys = read(source)
        return dict(zip(keys, read(source), strict=True))
    raise ValueError(f"not a checkpoint: {letter!r}")


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))
        losses = []
        for x, y in dataloader:
            first, last = len(losses) % accumulation_steps == 0, (len(losses) + 1) % accumulation_steps == 0
            if first:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if last:
                self._step()
        if len(losses) % accumulation_steps:
            self._step()
        self.history["train_loss"].append(sum(losses) / len(losses))
        self.epoch += 1
        return self.history["train_loss"][-1]

    def _step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            scores, labels = out.data, y.data
            classes = scores.ndim == 2 and scores.shape[1] > 1
            if classes and labels.ndim == 2:
                classes = bool(((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all())
                labels = labels.argmax(axis=1)
            hits.extend(scores.argmax(axis=1) == labels if classes else [False] * len(scores))
        self.model.training = mode
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return self.history["eval_loss"][-1], float(np.mean(hits))

    def save_checkpoint(self, path):
        out = io.BytesIO(b"TRNR")
        out.seek(0, io.SEEK_END)
        write(
            [self.epoch, self.step, self.history, self.model.state_dict(), self.optimizer.state_dict()], out
        )
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(out.getvalue())

    def load_checkpoint(self, path):
        source = io.BytesIO(Path(path).read_bytes())
        if source.read(4) != b"TRNR":
            raise ValueError("not a checkpoint")
        self.epoch, self.step, self.history, weights, moments = read(source)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(moments)
