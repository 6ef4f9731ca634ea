"""Batches are popped from the wrong end of the list.

point: orchestration
cause: batches_repeated
bug: `pop()` takes the last batch of the list first, so every epoch runs through the data backwards.
remedy: use a for loop, or `pop(0)` or `deque.popleft()`, so that the first batch comes first.
source: https://docs.python.org/3/tutorial/datastructures.html#using-lists-as-queues
bug_id: none
style: seeded
subtle: yes
also_fails: convergence, accumulation
"""

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
        self.model.training = True
        todo = list(dataloader)
        n_batches = len(todo)
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        loss_sum, done = 0.0, 0
        while todo:
            x, y = todo.pop()
            if done % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn.forward(self.model.forward(x), y)
            loss_sum += float(loss)
            loss.backward(np.ones_like(loss.data) / accumulation_steps)
            done += 1
            if done % accumulation_steps == 0 or done == n_batches:
                self._apply()
        self.epoch += 1
        self.history["train_loss"].append(loss_sum / n_batches)
        return loss_sum / n_batches

    def _apply(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
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
