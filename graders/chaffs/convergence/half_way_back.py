"""Each epoch goes only half the way

point: convergence
cause: parameters_changed
bug: When an epoch ends, all parameters are set half-way back to where they were when it began.
remedy: Keep the parameters as the last update left them.
source: https://arxiv.org/abs/1907.08610
bug_id: none
style: grouped
subtle: yes
also_fails: none
"""

import pickle
from itertools import islice
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        # (1 + cos(x)) / 2 is the same as cos(x / 2) squared
        if epoch < self.total_epochs:
            half = np.cos(0.5 * np.pi * epoch / self.total_epochs)
            return self.min_lr + (self.max_lr - self.min_lr) * half**2
        return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad * p.grad) for p in with_grad)))
    if norm > max_norm:
        factor = max_norm / norm
        for p in with_grad:
            p.grad = factor * p.grad
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
        stream = iter(dataloader)
        slow = [p.data.copy() for p in self.optimizer.params]
        losses = []
        while group := list(islice(stream, accumulation_steps)):
            self.optimizer.zero_grad()
            for xb, yb in group:
                batch_loss = self.loss_fn(self.model(xb), yb)
                losses.append(float(batch_loss))
                (batch_loss / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        for p, start in zip(self.optimizer.params, slow, strict=True):
            p.data = start + 0.5 * (p.data - start)
        self.epoch += 1
        epoch_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.eval()
        scored = []
        for xb, yb in dataloader:
            out = self.model(xb)
            scored.append((self.loss_fn(out, yb).item(), self._accuracy(out.data, yb.data), len(out.data)))
        self.model.training = before
        loss = sum(s[0] for s in scored) / len(scored)
        accuracy = sum(s[1] * s[2] for s in scored) / sum(s[2] for s in scored)
        self.history["eval_loss"].append(loss)
        return loss, float(accuracy)

    def _accuracy(self, logits, wanted):
        if logits.ndim == 1 or logits.shape[1] == 1:
            return 0.0
        if wanted.ndim == 2:
            if not np.array_equal(wanted, np.eye(wanted.shape[1])[wanted.argmax(axis=1)]):
                return 0.0
            wanted = wanted.argmax(axis=1)
        return np.mean(logits.argmax(axis=1) == wanted)

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
