"""A moving average is returned as the epoch's loss.

point: orchestration
cause: loss_not_mean
bug: the trainer returns an exponential moving average of the batch losses, which weighs the last batches
    most.
remedy: keep the moving average for the display, and return the plain mean of the batch losses.
source: https://docs.fast.ai/learner.html#avgsmoothloss
bug_id: none
style: verbose
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


def grad_norm(parameters):
    return float(np.sqrt(sum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None)))


def clip_grad_norm(parameters, max_norm=1.0):
    before = grad_norm(parameters)
    ratio = min(1.0, max_norm / before) if before > 0 else 1.0
    if ratio < 1.0:
        for p in filter(lambda q: q.grad is not None, parameters):
            p.grad = ratio * p.grad
    return before


def count_correct(outputs, targets):
    if outputs.ndim != 2 or outputs.shape[1] < 2:
        return None
    if targets.ndim == 2:
        rows_are_one_hot = ((targets == 0) | (targets == 1)).all() and (targets.sum(axis=1) == 1).all()
        if targets.shape != outputs.shape or not rows_are_one_hot:
            return None
        targets = targets.argmax(axis=1)
    return int(np.sum(outputs.argmax(axis=1) == targets))


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
        beta, average, n = 0.9, 0.0, 0
        for inputs, targets in dataloader:
            if n % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(inputs), targets)
            (loss / accumulation_steps).backward()
            n += 1
            average = beta * average + (1 - beta) * loss.item()
            smooth = average / (1 - beta**n)
            print(f"batch {n:4d}  loss {smooth:.4f}")
            if n % accumulation_steps == 0:
                self._update()
        if n % accumulation_steps:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(smooth)
        return smooth

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, batches = 0.0, 0
        correct, seen = 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            total_loss += self.loss_fn(outputs, targets).item()
            batches += 1
            hits = count_correct(outputs.data, targets.data)
            if hits is not None:
                correct += hits
                seen += len(outputs.data)
        average = total_loss / batches
        self.history["eval_loss"].append(average)
        return average, (correct / seen if seen else 0.0)

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "history": {key: list(values) for key, values in self.history.items()},
        }
        path.write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]
        self.step = state["step"]
        self.history = type(self.history)(state["history"])
