"""Pickles model and optimizer as they are; loading swaps the loaded layers into its own objects.

free_choices: zero_grad_after_update, call_model, train_method, eval_mode_left_on, scaled_loss,
    short_group_by_k, clip_epsilon_none, clip_replaces, clip_numpy, rates_empty, private_methods,
    checkpoint_pickle_objects, rate_set_each_epoch, mean_by_batch, stale_kept, streaming
"""

import pathlib
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.__dict__.update(max_lr=max_lr, min_lr=min_lr, total_epochs=total_epochs)

    def get_lr(self, epoch):
        ratio = min(epoch / self.total_epochs, 1.0)
        return self.min_lr + (self.max_lr - self.min_lr) * float(np.cos(np.pi * ratio / 2)) ** 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None) ** 0.5
    ratio = max_norm / norm if norm > max_norm else None
    if ratio is not None:
        for p in parameters:
            p.grad = p.grad * ratio if p.grad is not None else None
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

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        dirty = False
        for i, (x, y) in enumerate(dataloader, 1):
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            dirty = True
            if i % accumulation_steps == 0:
                dirty = self._step()
        if dirty:
            self._step()
        self.epoch += 1
        self.history["train_loss"].append(float(np.average(losses)))
        return self.history["train_loss"][-1]

    def _step(self):
        """Update; afterwards nothing is left to be applied."""
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return False

    def evaluate(self, dataloader):
        self.model.eval()
        results = [self._evaluate_batch(x, y) for x, y in dataloader]
        losses, correct, sizes = (list(column) for column in zip(*results, strict=True))
        self.history["eval_loss"].append(float(np.average(losses)))
        return self.history["eval_loss"][-1], sum(correct) / sum(sizes)

    def _evaluate_batch(self, x, y):
        out = self.model(x)
        loss, out, y = self.loss_fn(out, y).item(), out.data, y.data
        if out.ndim != 2 or out.shape[1] < 2:
            return loss, 0, len(out)
        if y.ndim == 2:
            if (
                not np.array_equal((y == 1).sum(axis=1), (y != 0).sum(axis=1))
                or not (y.sum(axis=1) == 1).all()
            ):
                return loss, 0, len(out)
            y = y.argmax(axis=1)
        return loss, int((out.argmax(axis=1) == y).sum()), len(out)

    PICKLED = ("model", "optimizer", "epoch", "step", "history")

    def save_checkpoint(self, path):
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump({name: getattr(self, name) for name in self.PICKLED}, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            loaded = pickle.load(f)
        # Pickled together, so the loaded optimizer holds the parameters of the loaded model.
        optimizer = loaded.pop("optimizer")
        vars(self.model).update(vars(loaded.pop("model")))
        self.optimizer.params[:] = optimizer.params
        self.optimizer.load_state_dict(optimizer.state_dict())
        vars(self).update(loaded)
