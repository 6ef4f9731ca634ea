"""The first update of an epoch still uses the old rate

point: scheduling
cause: applied_late
bug: The rate is set after an update, so it takes effect from the second update of the epoch on.
remedy: Set the rate before the first update of the epoch.
source: https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
bug_id: L1
style: gradscale
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100):
        self.max_lr = float(max_lr)
        self.min_lr = float(min_lr)
        self.total_epochs = int(total_epochs)

    def get_lr(self, epoch: int) -> float:
        fraction = np.clip(epoch / self.total_epochs, 0.0, 1.0)
        wave = 1.0 + np.cos(fraction * np.pi)
        return float(self.min_lr + (self.max_lr - self.min_lr) * wave / 2.0)


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    """Scale all gradients together so that their joint length is at most max_norm."""
    grads = [p.grad for p in parameters if p.grad is not None]
    total_norm = float(np.linalg.norm([np.linalg.norm(g) for g in grads])) if grads else 0.0
    if total_norm > max_norm:
        for g in grads:
            g *= max_norm / total_norm
    return total_norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.epoch = 0
        self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

        self.model = model
        self.loss_fn = loss_fn
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        params = self.optimizer.params
        self.rate_at_start = self.optimizer.lr
        losses = []
        self.optimizer.zero_grad()
        for index, (data_x, data_y) in enumerate(dataloader):
            if index and index % accumulation_steps == 0:
                self._take_step(params, accumulation_steps)
            error = self.loss_fn.forward(self.model.forward(data_x), data_y)
            error.backward()
            losses.append(error.item())
        self._take_step(params, (len(losses) - 1) % accumulation_steps + 1)
        if self.scheduler is not None:
            self.history["learning_rates"].append(self.rate_at_start)
        self.epoch += 1
        average = float(np.mean(losses))
        self.history["train_loss"].append(average)
        return average

    def _take_step(self, params, size):
        for param in params:
            if param.grad is not None:
                param.grad *= 1.0 / size
        if self.grad_clip_norm is not None:
            clip_grad_norm(params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        self._schedule()
        self.optimizer.zero_grad()

    def _schedule(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for data_x, data_y in dataloader:
            y_hat = self.model(data_x)
            losses.append(self.loss_fn(y_hat, data_y).item())
            right.extend(hits(y_hat.data, data_y.data))
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], float(np.mean(right))

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
