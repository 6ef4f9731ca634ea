"""The last batch's loss is returned.

point: orchestration
cause: loss_not_mean
bug: the loss of the last batch is recorded and returned as the loss of the epoch.
remedy: add up the losses of all batches and return their mean.
source: https://github.com/nicknochnack/PyTorchin15/issues/4
bug_id: O11
style: seeded
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100):
        self.total_epochs = total_epochs
        self.min_lr = min_lr
        self.amplitude = (max_lr - min_lr) / 2

    def get_lr(self, epoch: int) -> float:
        done = epoch >= self.total_epochs
        angle = np.pi if done else np.pi * epoch / self.total_epochs
        return self.min_lr + self.amplitude * (1 + float(np.cos(angle)))


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
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        waiting = 0
        self.optimizer.zero_grad()
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward(np.array(1 / accumulation_steps).reshape(loss.shape))
            waiting += 1
            if waiting == accumulation_steps:
                self._apply_update()
                waiting = 0
        if waiting:
            self._apply_update()
        self.epoch += 1
        self.history["train_loss"].append(loss.item())
        return loss.item()

    def _apply_update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
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
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        rest = pickle.dumps((self.optimizer.state_dict(), self.epoch, self.step, dict(self.history)))
        arrays = {f"model/{name}": value for name, value in self.model.state_dict().items()}
        with path.open("wb") as file:
            np.savez(file, rest=np.frombuffer(rest, dtype=np.uint8), **arrays)

    def load_checkpoint(self, path):
        with Path(path).open("rb") as file:
            arrays = dict(np.load(file))
        optimizer, epoch, step, history = pickle.loads(arrays.pop("rest").tobytes())
        self.model.load_state_dict({name.removeprefix("model/"): a for name, a in arrays.items()})
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step = epoch, step
        for key, values in history.items():
            self.history[key] = list(values)
