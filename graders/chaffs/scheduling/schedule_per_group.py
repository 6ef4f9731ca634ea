"""The schedule advances with epochs and with updates

point: scheduling
cause: per_update
bug: The rate is looked up for epoch + the number of groups already trained in this epoch.
remedy: Look the rate up once per epoch, with the epoch alone.
source: https://github.com/aimagelab/meshed-memory-transformer/issues/71
bug_id: L4
style: seeded
subtle: yes
also_fails: none
"""

import pickle
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


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


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
            self.optimizer.lr = float(self.scheduler.get_lr(self.epoch))
            self.history["learning_rates"].append(self.optimizer.lr)

        batch_losses, groups_done = [], 0
        batches = iter(dataloader)
        exhausted = False
        while not exhausted:
            graph = []
            for xb, yb in batches:
                graph.append(self.loss_fn(self.model(xb), yb))
                if len(graph) == accumulation_steps:
                    break
            else:
                exhausted = True
            if graph:
                batch_losses += [batch_loss.item() for batch_loss in graph]
                if self.scheduler is not None:
                    self.optimizer.lr = float(self.scheduler.get_lr(self.epoch + groups_done))
                self.learn(graph)
                groups_done += 1

        mean = sum(batch_losses) / len(batch_losses)
        self.epoch += 1
        self.history["train_loss"].append(mean)
        return mean

    def learn(self, graph):
        self.optimizer.zero_grad()
        for batch_loss in graph:
            batch_loss.backward(np.ones_like(batch_loss.data) / len(graph))
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for xb, yb in dataloader:
            out = self.model(xb)
            losses.append(self.loss_fn(out, yb).item())
            right.extend(hits(out.data, yb.data))
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
