"""step stays at zero.

point: orchestration
cause: step_counter_wrong
bug: the updates are made, but `step` is never increased.
remedy: add `self.step += 1` after each optimizer.step().
source: https://github.com/harvard-edge/cs249r_book/blob/d203fba8b8ffe88da1426fed37e09b4c4e4404dc/tinytorch/src/08_training/08_training.py
bug_id: O28
style: seeded
subtle: yes
also_fails: none
"""

import pickle
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
    with_grad = [p for p in parameters if p.grad is not None]
    if not with_grad:
        return 0.0
    norms = np.array([np.linalg.norm(p.grad) for p in with_grad])
    total_norm = float(np.linalg.norm(norms))
    scale = max_norm / (total_norm + 1e-6)
    if scale < 1.0 and total_norm > max_norm:
        for p in with_grad:
            p.grad = p.grad * scale
    return total_norm


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
        seed = 1.0 / accumulation_steps
        losses = []
        for inputs, targets in dataloader:
            if len(losses) % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(inputs), targets)
            loss.backward(np.full_like(loss.data, seed))
            losses.append(loss.item())
            if len(losses) % accumulation_steps == 0:
                self._clip_then_step()
        if len(losses) % accumulation_steps:
            self._clip_then_step()
        self.epoch += 1
        average = sum(losses) / len(losses)
        self.history["train_loss"].append(average)
        return average

    def _clip_then_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()

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
