"""The next rate is computed from the last one

point: scheduling
cause: not_a_function
bug: Each call multiplies the rate of the call before, so repeated or out-of-order calls give wrong rates.
remedy: Use the closed form in the epoch.
source: https://github.com/pytorch/pytorch/issues/20527
bug_id: L10
style: listed
subtle: yes
also_fails: none
"""

import os
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs
        self.lr = max_lr

    def _wave(self, epoch):
        return 1 + np.cos(np.pi * epoch / self.total_epochs)

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        if epoch > 0:
            self.lr = self.min_lr + (self.lr - self.min_lr) * self._wave(epoch) / self._wave(epoch - 1)
        return self.lr


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
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        data = [(features, labels) for features, labels in dataloader]
        last = len(data) - 1
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))
        self.model.train()
        self.optimizer.zero_grad()
        epoch_loss = 0.0
        for i, (features, labels) in enumerate(data):
            loss_value = self.loss_fn(self.model(features), labels)
            epoch_loss += loss_value.item() / len(data)
            (loss_value / accumulation_steps).backward()
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
        self.model.training = False
        loss_list = []
        right = 0
        seen = 0
        for features, labels in dataloader:
            predictions = self.model(features)
            loss_value = self.loss_fn(predictions, labels)
            loss_list.append(loss_value.item())
            p, t = predictions.data, labels.data
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

    def _state(self):
        counters = {"epoch": self.epoch, "step": self.step, "history": self.history}
        return counters | {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".part")
        partial.write_bytes(pickle.dumps(self._state()))
        os.replace(partial, path)

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(state.pop("model"))
        self.optimizer.load_state_dict(state.pop("optimizer"))
        for name, value in state.items():
            setattr(self, name, value)
