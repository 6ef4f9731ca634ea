"""The trainer shuffles the batches itself.

point: orchestration
cause: batches_repeated
bug: the batches are gathered in a list and walked in a random order instead of the dataloader's.
remedy: walk the batches in the order in which the dataloader gives them; shuffling is the dataloader's
    business.
source: https://github.com/huggingface/transformers/issues/11693
bug_id: none
style: listed
subtle: yes
also_fails: convergence, accumulation
"""

import math
import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        cosine = (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2
        return self.min_lr + (self.max_lr - self.min_lr) * cosine


def grad_norm(parameters):
    return float(np.sqrt(sum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None)))


def clip_grad_norm(parameters, max_norm=1.0):
    before = grad_norm(parameters)
    ratio = min(1.0, max_norm / before) if before > 0 else 1.0
    if ratio < 1.0:
        for p in filter(lambda q: q.grad is not None, parameters):
            p.grad = ratio * p.grad
    return before


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        batches = list(dataloader)
        order = np.random.default_rng(self.epoch).permutation(len(batches))
        batches = [batches[i] for i in order]
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        for start in range(0, len(batches), accumulation_steps):
            group = batches[start : start + accumulation_steps]
            self.optimizer.zero_grad()
            for inputs, targets in group:
                loss = self.loss_fn(self.model(inputs), targets)
                losses.append(loss.item())
                loss = loss / len(group)
                loss.backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        epoch_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(epoch_loss)
        self.epoch += 1
        return epoch_loss

    def evaluate(self, dataloader):
        self.model.training = False
        results = [self._evaluate_batch(x, t) for x, t in dataloader]
        loss = sum(r[0] for r in results) / len(results)
        size = sum(r[2] for r in results)
        self.history["eval_loss"].append(loss)
        return loss, (sum(r[1] for r in results) / size if size else 0.0)

    def _evaluate_batch(self, x, t):
        out = self.model(x)
        loss = self.loss_fn(out, t).item()
        guess, target = out.data, t.data
        if guess.ndim != 2 or guess.shape[1] == 1:
            return loss, 0, 0
        if target.ndim == 2:
            if not (np.all(target * (1 - target) == 0) and np.all(np.sum(target, axis=1) == 1)):
                return loss, 0, 0
            target = np.argmax(target, axis=1)
        hits = np.count_nonzero(np.argmax(guess, axis=1) == target)
        return loss, int(hits), len(guess)

    def save_checkpoint(self, path):
        folder = os.path.dirname(os.fspath(path))
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.epoch, self.step, dict(self.history)), f)
            pickle.dump(self.model.state_dict(), f)
            pickle.dump(self.optimizer.state_dict(), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            epoch, step, history = pickle.load(f)
            weights = pickle.load(f)
            optimizer_state = pickle.load(f)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer_state)
        self.epoch, self.step = epoch, step
        self.history.clear()
        self.history.update(history)
