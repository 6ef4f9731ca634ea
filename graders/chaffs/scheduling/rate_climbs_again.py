"""The rate climbs again after the schedule's end

point: scheduling
cause: floor_missing
bug: get_lr has no limit at total_epochs, so the cosine turns and the rate goes back up to max_lr.
remedy: Return min_lr from total_epochs on.
source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
bug_id: L8
style: listed
subtle: yes
also_fails: none
"""

import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        cosine = np.cos(np.pi * epoch / self.total_epochs)
        return self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1 + cosine)


def global_norm(parameters):
    return sum(float(np.sum(np.square(p.grad))) for p in parameters if p.grad is not None) ** 0.5


def clip_grad_norm(parameters, max_norm=1.0):
    before = global_norm(parameters)
    if before > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / before
    return before


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        batches = list(dataloader)
        losses = []
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        for start in range(0, len(batches), accumulation_steps):
            chunk = batches[start : start + accumulation_steps]
            self.optimizer.zero_grad()
            for X, Y in chunk:
                prediction = self.model(X)
                current = self.loss_fn(prediction, Y)
                losses.append(float(current))
                (current * (1.0 / len(chunk))).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        mean_loss = sum(losses) / len(batches)
        self.history["train_loss"].append(mean_loss)
        self.epoch += 1
        return mean_loss

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, n_batches = 0.0, 0
        n_right, n_samples = 0, 0
        for X, Y in dataloader:
            prediction = self.model(X)
            total_loss += float(self.loss_fn(prediction, Y))
            n_batches += 1
            if self._is_classification(prediction.data, Y.data):
                truth = Y.data if Y.data.ndim == 1 else np.argmax(Y.data, axis=-1)
                n_right += np.count_nonzero(np.argmax(prediction.data, axis=-1) == truth)
                n_samples += len(truth)
        mean = total_loss / n_batches
        self.history["eval_loss"].append(mean)
        return mean, n_right / max(n_samples, 1)

    @staticmethod
    def _is_classification(out, truth):
        if out.ndim != 2 or out.shape[1] < 2:
            return False
        if truth.ndim == 1:
            return True
        return bool(np.all(np.isin(truth, [0.0, 1.0])) and np.all(truth.sum(axis=1) == 1.0))

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        everything = (
            self.model.state_dict(),
            self.optimizer.state_dict(),
            (self.epoch, self.step),
            self.history,
        )
        with open(path, "wb") as handle:
            handle.write(pickle.dumps(everything))

    def load_checkpoint(self, path):
        with open(path, "rb") as handle:
            weights, optimizer_state, counters, history = pickle.loads(handle.read())
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer_state)
        self.epoch, self.step = counters
        self.history = history
