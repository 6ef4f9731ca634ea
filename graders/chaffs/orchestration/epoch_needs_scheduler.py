"""Epochs are only counted when there is a scheduler.

point: orchestration
cause: epoch_counter_wrong
bug: `self.epoch += 1` was written into the branch that handles the scheduler, so without one `epoch` stays
    0.
remedy: count the epoch outside of that branch.
source: https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
bug_id: none
style: numpyish
subtle: yes
also_fails: none
"""

from pathlib import Path

import numpy as np


class CosineSchedule:
    """Cosine annealing from max_lr down to min_lr."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        progress = 1.0 if epoch >= self.total_epochs else epoch / self.total_epochs
        return float(self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + np.cos(np.pi * progress)))


def clip_grad_norm(parameters, max_norm=1.0):
    flat = [p.grad.reshape(-1) for p in parameters if p.grad is not None]
    if len(flat) == 0:
        return 0.0
    norm = float(np.linalg.norm(np.concatenate(flat)))
    if norm <= max_norm:
        return norm
    for p in parameters:
        if p.grad is not None:
            p.grad = p.grad / norm * max_norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = float(self.scheduler.get_lr(self.epoch))
            self.history["learning_rates"].append(self.optimizer.lr)
            self.epoch += 1
        losses = np.empty(0)
        params = self.model.parameters()
        for x, y in dataloader:
            if losses.size % accumulation_steps == 0:
                for p in params:
                    p.grad = None
            loss = self.loss_fn(self.model(x), y)
            (loss / accumulation_steps).backward()
            losses = np.append(losses, loss.item())
            if losses.size % accumulation_steps == 0:
                self._update(params)
        if losses.size % accumulation_steps:
            self._update(params)
        mean = float(losses.mean())
        self.history["train_loss"].append(mean)
        return mean

    def _update(self, params):
        if self.grad_clip_norm is not None:
            clip_grad_norm(params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    @staticmethod
    def _labels(outputs, targets):
        if outputs.ndim < 2 or outputs.shape[-1] == 1:
            return None
        if targets.ndim == 1:
            return targets.astype(int)
        one_hot = np.isin(targets, (0, 1)).all() and np.all(targets.sum(axis=-1) == 1)
        return np.argmax(targets, axis=-1) if one_hot else None

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.training = False
        losses, matches = [], []
        for x, y in dataloader:
            prediction = self.model.forward(x)
            losses.append(float(self.loss_fn.forward(prediction, y)))
            labels = self._labels(prediction.data, y.data)
            if labels is not None:
                matches.extend(np.argmax(prediction.data, axis=-1) == labels)
        self.model.training = before
        loss = float(np.mean(losses))
        self.history["eval_loss"].append(loss)
        return loss, float(np.mean(matches)) if matches else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        bundle = np.array(
            [self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, dict(self.history)],
            dtype=object,
        )
        with open(path, "wb") as handle:
            np.save(handle, bundle, allow_pickle=True)

    def load_checkpoint(self, path):
        with open(path, "rb") as handle:
            model, optimizer, epoch, step, history = np.load(handle, allow_pickle=True)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step = int(epoch), int(step)
        self.history.update(history)
