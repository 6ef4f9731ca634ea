"""A local name is set to zero instead of the gradient.

point: zero_grad
cause: never_cleared
bug: `grad = np.zeros_like(grad)` gives the local name a new array; the parameter keeps the old gradient.
remedy: assign to the attribute, `p.grad = np.zeros_like(p.grad)`, or fill the array in place with
    `grad[...] = 0`.
source: https://docs.python.org/3/faq/programming.html#why-did-changing-list-y-also-change-list-x
bug_id: none
style: numpyish
subtle: yes
also_fails: convergence
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
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        params = self.model.parameters()
        losses = np.array([])
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward(np.full(loss.shape, 1.0 / accumulation_steps))
            losses = np.append(losses, loss.item())
            if losses.size % accumulation_steps == 0:
                self._update(params)
        if losses.size % accumulation_steps:
            self._update(params)
        self.epoch += 1
        mean = float(np.mean(losses))
        self.history["train_loss"].append(mean)
        return mean

    def _update(self, params):
        if self.grad_clip_norm is not None:
            clip_grad_norm(params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        for p in params:
            grad = p.grad
            if grad is not None:
                grad = np.zeros_like(grad)

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
