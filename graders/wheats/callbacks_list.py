"""Built around a list of callbacks, which do the scheduling, the clipping and the history.

free_choices: zero_grad_after_update, call_model, train_method, eval_mode_left_on, scaled_loss,
    short_group_by_k, clip_epsilon_absolute, clip_in_place, clip_numpy, rates_empty, extra_attributes,
    helper_functions, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch, stale_kept, streaming
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
        clamped = max(0, min(epoch, self.total_epochs))
        return (
            self.min_lr
            + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * clamped / self.total_epochs)) / 2
        )


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None))
    factor = min(max_norm / (norm + 1e-6), 1.0)
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= factor
    return norm


class Callback:
    def epoch_starts(self, trainer): ...

    def update_comes(self, trainer): ...

    def update_done(self, trainer): ...

    def epoch_ends(self, trainer, loss): ...

    def evaluated(self, trainer, loss): ...


class SetRate(Callback):
    def epoch_starts(self, trainer):
        if trainer.scheduler is not None:
            trainer.optimizer.lr = trainer.scheduler.get_lr(trainer.epoch)
            trainer.history["learning_rates"].append(trainer.optimizer.lr)


class Clip(Callback):
    def update_comes(self, trainer):
        if trainer.grad_clip_norm is not None:
            clip_grad_norm(trainer.model.parameters(), trainer.grad_clip_norm)


class Count(Callback):
    def update_done(self, trainer):
        trainer.step += 1

    def epoch_ends(self, trainer, loss):
        trainer.epoch += 1


class Record(Callback):
    def epoch_ends(self, trainer, loss):
        trainer.history["train_loss"].append(loss)

    def evaluated(self, trainer, loss):
        trainer.history["eval_loss"].append(loss)


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
        self.callbacks = [SetRate(), Clip(), Count(), Record()]

    def tell(self, event, *details):
        for callback in self.callbacks:
            getattr(callback, event)(self, *details)

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self.tell("epoch_starts")
        losses = []
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if len(losses) % accumulation_steps == 0:
                self.update()
        if len(losses) % accumulation_steps > 0:
            self.update()
        mean = sum(losses) / len(losses)
        self.tell("epoch_ends", mean)
        return mean

    def update(self):
        self.tell("update_comes")
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.tell("update_done")

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            right += rights(out.data, y.data)
        mean = sum(losses) / len(losses)
        self.tell("evaluated", mean)
        return mean, right.count(True) / len(right)

    def save_checkpoint(self, path):
        target = Path(path)
        target.parent.mkdir(exist_ok=True, parents=True)
        with target.open("wb") as f:
            for thing in (
                self.model.state_dict(),
                self.optimizer.state_dict(),
                self.epoch,
                self.step,
                self.history,
            ):
                pickle.dump(thing, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            model, optimizer, epoch, step, history = (pickle.load(f) for _ in range(5))
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = epoch, step, history


def rights(out, y):
    if out.ndim != 2 or out.shape[1] == 1:
        return [False] * len(out)
    if y.ndim == 2:
        if not np.isin(y, [0, 1]).all() or not (y.sum(axis=1) == 1).all():
            return [False] * len(out)
        y = np.nonzero(y)[1]
    return (out.argmax(axis=1) == y).tolist()
