"""The optimizer's rate is multiplied by the scheduled one

point: scheduling
cause: rate_drifts
bug: get_lr is taken for a factor: optimizer.lr *= get_lr(epoch), so the rate shrinks towards zero.
remedy: Assign the scheduled rate; it is a rate, not a factor.
source: https://github.com/pytorch/pytorch/issues/78917
bug_id: none
style: grouped
subtle: yes
also_fails: none
"""

import os
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
        if epoch >= self.total_epochs:
            return self.min_lr
        cosine = (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2
        return self.min_lr + (self.max_lr - self.min_lr) * cosine


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
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr *= self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        stream = iter(dataloader)
        losses = []
        while group := list(islice(stream, accumulation_steps)):
            self.optimizer.zero_grad()
            for batch_in, batch_out in group:
                cost = self.loss_fn(self.model(batch_in), batch_out)
                losses.append(float(cost))
                (cost / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        epoch_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        self.model.training = False
        loss_list = []
        right = 0
        seen = 0
        for batch_in, batch_out in dataloader:
            guess = self.model(batch_in)
            cost = self.loss_fn(guess, batch_out)
            loss_list.append(cost.item())
            p, t = guess.data, batch_out.data
            if p.ndim == 2 and p.shape[1] > 1:
                if t.ndim == 1:
                    right += int((p.argmax(axis=1) == t.astype(int)).sum())
                    seen += t.shape[0]
                elif set(np.unique(t)) <= {0, 1} and np.all(np.sum(t, axis=1) == 1):
                    right += int((p.argmax(axis=1) == t.argmax(axis=1)).sum())
                    seen += t.shape[0]
        self.model.training = True
        loss_value = float(np.mean(loss_list))
        accuracy = right / seen if seen > 0 else 0.0
        self.history["eval_loss"].append(loss_value)
        return loss_value, accuracy

    def save_checkpoint(self, path):
        os.makedirs(Path(path).parent, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}, f)
            pickle.dump((self.epoch, self.step, {k: list(v) for k, v in self.history.items()}), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            parts = pickle.load(f)
            self.epoch, self.step, self.history = pickle.load(f)
        for name, state in parts.items():
            getattr(self, name).load_state_dict(state)
