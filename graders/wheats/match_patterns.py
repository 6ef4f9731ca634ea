"""Uses structural pattern matching where others use if: for labels, for the end of a group, for the schedule.

free_choices: zero_grad_after_update, call_model, train_method, eval_mode_left_on, scaled_seed,
    short_group_by_k, clip_epsilon_none, clip_replaces, clip_numpy, rates_constant, private_methods,
    helper_functions, checkpoint_pickle_dict, rate_set_each_batch, mean_by_batch, stale_cleared,
    fetch_one_ahead
"""

import enum
import lzma
import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    __match_args__ = ("max_lr", "min_lr", "total_epochs")

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        match epoch / self.total_epochs:
            case done if done < 1:
                return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * done)) / 2
            case _:
                return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    match [p for p in parameters if p.grad is not None]:
        case []:
            return 0.0
        case with_grad:
            norm = math.sqrt(sum(float(np.sum(p.grad**2)) for p in with_grad))
    if norm > max_norm:
        for p in with_grad:
            p.grad = p.grad / (norm / max_norm)
    return norm


class Next(enum.Enum):
    ACCUMULATE = enum.auto()
    UPDATE = enum.auto()
    FINISH = enum.auto()


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
        self.optimizer.zero_grad()
        batches = iter(dataloader)
        batch, total, count = next(batches, None), 0.0, 0
        while batch is not None:
            total += self._learn(*batch, accumulation_steps)
            count += 1
            batch = next(batches, None)
            match self._what_next(batch, count % accumulation_steps):
                case Next.UPDATE | Next.FINISH:
                    self._update()
                case Next.ACCUMULATE:
                    pass
        self.history["learning_rates"].append(float(self.optimizer.lr))
        self.history["train_loss"].append(total / count)
        self.epoch += 1
        return total / count

    def _what_next(self, batch, position):
        match batch, position:
            case None, _:
                return Next.FINISH
            case _, 0:
                return Next.UPDATE
            case _:
                return Next.ACCUMULATE

    def _learn(self, x, y, k):
        self.model.train()
        match self.scheduler:
            case None:
                pass
            case scheduler:
                self.optimizer.lr = scheduler.get_lr(self.epoch)
        loss = self.loss_fn(self.model(x), y)
        loss.backward(np.ones_like(loss.data) / k)
        return loss.item()

    def _update(self):
        match self.grad_clip_norm:
            case float() | int() as limit:
                clip_grad_norm(self.model.parameters(), limit)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right, count = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            right += self._right(out.data, y.data)
            count += len(out.data)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return self.history["eval_loss"][-1], right / count

    def _right(self, out, y):
        match out.shape, y.shape:
            case (_, classes), (_,) if classes > 1:
                return int(np.count_nonzero(out.argmax(axis=1) == y))
            case (_, classes), (_, width) if classes == width > 1 and is_one_hot(y):
                return self._right(out, y.argmax(axis=1))
            case _:
                return 0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with lzma.open(path, "wb") as f:
            pickle.dump(
                {
                    "counters": (self.epoch, self.step),
                    "history": self.history,
                    "states": (self.model.state_dict(), self.optimizer.state_dict()),
                },
                f,
            )

    def load_checkpoint(self, path):
        with lzma.open(path, "rb") as f:
            match pickle.load(f):
                case {"counters": (epoch, step), "history": history, "states": (model, optimizer)}:
                    self.model.load_state_dict(model)
                    self.optimizer.load_state_dict(optimizer)
                    self.epoch, self.step, self.history = epoch, step, history
                case _:
                    raise ValueError(f"{path} is no checkpoint of a Trainer")


def is_one_hot(y):
    return bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())
