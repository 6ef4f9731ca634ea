"""Saves the buffers of SGD, and nothing of AdamW.

point: checkpointing
cause: optimizer_not_saved
bug: the state of the optimizer is only saved for SGD; AdamW loses its moments and its step count.
remedy: Save optimizer.state_dict() whatever the optimizer.
source: https://github.com/TrenTorch/TrenTorch/pull/187
bug_id: K2
style: verbose
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np
from tinystack import SGD


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        progress = min(epoch / self.total_epochs, 1.0)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * progress)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self._epoch = 0
        self._step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    @property
    def epoch(self):
        return self._epoch

    @property
    def step(self):
        return self._step

    def _optimizer_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self._step += 1
        self.optimizer.zero_grad()

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self._epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.optimizer.zero_grad()
        losses = []
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            losses.append(loss.item())
            (loss * (1.0 / accumulation_steps)).backward()
            if len(losses) % accumulation_steps == 0:
                self._optimizer_step()
        if len(losses) % accumulation_steps:
            self._optimizer_step()
        self._epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        print(f"epoch {self._epoch} done, loss {self.history['train_loss'][-1]:.4f}")
        return self.history["train_loss"][-1]

    def evaluate(self, dataloader):
        self.model.eval()
        losses, correct, total = [], 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            losses.append(self.loss_fn(outputs, targets).item())
            if outputs.data.ndim == 2 and outputs.data.shape[1] > 1:
                labels = targets.data
                if labels.ndim == 2:
                    if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
                        continue
                    labels = labels.argmax(axis=1)
                correct += int((outputs.data.argmax(axis=1) == labels).sum())
                total += len(labels)
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], correct / total if total else 0.0

    def _optimizer_state(self):
        if isinstance(self.optimizer, SGD):
            return self.optimizer.state_dict()
        return {"lr": self.optimizer.lr}

    def _set_optimizer_state(self, state):
        if isinstance(self.optimizer, SGD):
            self.optimizer.load_state_dict(state)
        else:
            self.optimizer.lr = state["lr"]

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            own = (self._epoch, self._step, self.history)
            pickle.dump((own, self.model.state_dict(), self._optimizer_state()), f)
        print(f"saved {path}")

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            own, model, optimizer = pickle.load(f)
        self._epoch, self._step, self.history = own
        self.model.load_state_dict(model)
        self._set_optimizer_state(optimizer)
