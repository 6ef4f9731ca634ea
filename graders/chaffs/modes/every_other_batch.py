"""Evaluates every other batch, to save time.

point: modes
cause: loss_wrong
bug: evaluate() walks the dataloader with a stride of 2, so half of the data is missing from the result.
remedy: Evaluate every batch of the dataloader.
source: https://github.com/stanford-futuredata/dawn-bench-entries/issues/49
bug_id: M18
style: grouped
subtle: yes
also_fails: none
"""

import pickle
from itertools import islice
from pathlib import Path

import numpy as np

EVAL_STRIDE = 2


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return self.min_lr + (self.max_lr - self.min_lr) * 0.5 * (1.0 + np.cos(np.pi * epoch / self.total_epochs))


def clip_grad_norm(parameters, max_norm=1.0):
    with_grad = list(filter(lambda p: p.grad is not None, parameters))
    norm = float(np.sqrt(sum(map(lambda p: np.sum(p.grad**2), with_grad))))
    if norm > max_norm:
        for p in with_grad:
            p.grad = p.grad * (max_norm / norm)
    return norm


def chunks(iterable, size):
    it = iter(iterable)
    return iter(lambda: list(islice(it, size)), [])


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
            self.history["learning_rates"].append(float(self.optimizer.lr))
        losses = []
        for chunk in chunks(dataloader, accumulation_steps):
            self.optimizer.zero_grad()
            for x, y in chunk:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss * (1.0 / accumulation_steps)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in islice(dataloader, 0, None, EVAL_STRIDE):
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                truth = y.data
                if truth.ndim == 2:
                    if not (np.isin(truth, (0, 1)).all() and (truth.sum(axis=1) == 1).all()):
                        continue
                    truth = truth.argmax(axis=1)
                hits += (out.data.argmax(axis=1) == truth).tolist()
        self.history["eval_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses)), sum(hits) / len(hits) if hits else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        state = {k: v for k, v in vars(self).items() if k in ("epoch", "step", "history")}
        with open(path, "wb") as f:
            pickle.dump((state, self.model.state_dict(), self.optimizer.state_dict()), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state, model, optimizer = pickle.load(f)
        vars(self).update(state)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
