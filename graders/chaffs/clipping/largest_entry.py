"""The largest entry is taken for the norm

point: clipping
cause: wrong_norm
bug: The maximum of the absolute gradient entries is used in place of the L2 norm.
remedy: Use the root of the sum of all squared entries.
source: https://github.com/NVIDIA/Megatron-LM/issues/5529
bug_id: none
style: numpyish
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.start, self.end, self.epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        return self.start * self._weight(epoch) + self.end * (1 - self._weight(epoch))

    def _weight(self, epoch):
        if epoch >= self.epochs:
            return 0.0
        return 0.5 + 0.5 * math.cos(math.pi * epoch / self.epochs)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = max((float(np.max(np.abs(p.grad))) for p in parameters if p.grad is not None), default=0.0)
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad / norm * max_norm
    return norm


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
            self.history["learning_rates"].append(self.optimizer.lr)
        params = self.model.parameters()
        losses = np.zeros(0)
        gathered = 0
        self.optimizer.zero_grad()
        for x_batch, y_batch in dataloader:
            loss_now = self.loss_fn(self.model(x_batch), y_batch)
            losses = np.append(losses, loss_now.data)
            loss_now.backward(np.ones_like(loss_now.data) / accumulation_steps)
            gathered += 1
            if gathered == accumulation_steps:
                self._descend(params)
                gathered = 0
        if gathered:
            self._descend(params)
        self.epoch += 1
        self.history["train_loss"].append(float(losses.mean()))
        return float(losses.mean())

    def _descend(self, params):
        if self.grad_clip_norm is not None:
            clip_grad_norm(params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        for p in params:
            p.grad = None

    def evaluate(self, dataloader):
        self.model.eval()
        losses = []
        correct = total = 0
        for x_batch, y_batch in dataloader:
            y_pred = self.model(x_batch)
            losses.append(float(self.loss_fn(y_pred, y_batch)))
            hits, count = self._count_correct(y_pred.data, y_batch.data)
            correct += hits
            total += count
        eval_loss = sum(losses) / len(losses)
        self.history["eval_loss"].append(eval_loss)
        return eval_loss, correct / total if total else 0.0

    def _count_correct(self, scores, labels):
        if scores.ndim != 2 or scores.shape[1] < 2:
            return 0, 0
        if labels.ndim == 2:
            one_hot = np.all((labels == 0) | (labels == 1)) and np.all(labels.sum(axis=1) == 1)
            if not one_hot:
                return 0, 0
            labels = np.argmax(labels, axis=1)
        return int(np.sum(np.argmax(scores, axis=1) == labels)), len(scores)

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
