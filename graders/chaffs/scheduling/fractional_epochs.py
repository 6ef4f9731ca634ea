"""The rate also falls within an epoch

point: scheduling
cause: per_update
bug: Batch i of n asks for a fractional epoch, epoch + (i + 1) / n, which ends at the rate of the next
    epoch.
remedy: Use get_lr(epoch), an integer, for all updates of the epoch.
source: https://arxiv.org/abs/1608.03983
bug_id: none
style: listed
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    """Half a cosine from max_lr down to min_lr, flat afterwards."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr = max_lr, min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        progress = min(epoch / self.total_epochs, 1.0)
        return self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + math.cos(math.pi * progress))


def clip_grad_norm(parameters, max_norm=1.0):
    params = list(parameters)
    total_norm = 0.0
    for param in params:
        if param.grad is None:
            continue
        param_norm = np.linalg.norm(param.grad)
        total_norm += param_norm**2
    total_norm = float(total_norm**0.5)
    clip_coef = max_norm / (total_norm + 1e-6)
    if clip_coef < 1:
        for param in params:
            if param.grad is not None:
                param.grad = param.grad * clip_coef
    return total_norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        data = [(images, truth) for images, truth in dataloader]
        last = len(data) - 1
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))
        self.model.train()
        self.optimizer.zero_grad()
        epoch_loss = 0.0
        for i, (images, truth) in enumerate(data):
            if self.scheduler is not None:
                self.optimizer.lr = float(self.scheduler.get_lr(self.epoch + (i + 1) / len(data)))
            objective = self.loss_fn(self.model(images), truth)
            epoch_loss += objective.item() / len(data)
            (objective / accumulation_steps).backward()
            group_done = (i + 1) % accumulation_steps == 0
            if group_done or i == last:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        self.model.eval()
        losses = []
        correct = total = 0
        for images, truth in dataloader:
            logits_t = self.model(images)
            losses.append(float(self.loss_fn(logits_t, truth)))
            hits, count = self._count_correct(logits_t.data, truth.data)
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
