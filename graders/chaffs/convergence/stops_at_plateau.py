"""Training ends silently when an epoch improves little

point: convergence
cause: stops_early
bug: If, after four epochs, the last one lowered the loss by less than 0.01, the next epoch makes no update.
remedy: Always train; stopping early is the caller's decision, and small progress is progress.
source: https://github.com/HomericIntelligence/Odyssey/issues/1978
bug_id: none
style: verbose
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
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": [], "grad_norms": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        loss_sum, batches, since_update = 0.0, 0, 0
        converged = self._has_converged()
        for images, truth in dataloader:
            if since_update == 0:
                self.optimizer.zero_grad()
            objective = self.loss_fn(self.model(images), truth)
            (objective / accumulation_steps).backward()
            loss_sum += objective.item()
            batches += 1
            since_update += not converged
            if since_update == accumulation_steps:
                self._step_optimizer()
                since_update = 0
        if since_update:
            self._step_optimizer()
        self.epoch += 1
        mean = loss_sum / batches
        self.history["train_loss"].append(mean)
        print("epoch", self.epoch, "mean loss", round(mean, 5))
        return mean

    def _has_converged(self, tolerance=0.01):
        losses = self.history["train_loss"]
        return len(losses) > 3 and 0.0 < losses[-2] - losses[-1] < tolerance

    def _step_optimizer(self):
        if self.grad_clip_norm is not None:
            norm = clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.history["grad_norms"].append(norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.eval()
        scored = []
        for images, truth in dataloader:
            logits_t = self.model(images)
            scored.append(
                (
                    self.loss_fn(logits_t, truth).item(),
                    self._accuracy(logits_t.data, truth.data),
                    len(logits_t.data),
                )
            )
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
