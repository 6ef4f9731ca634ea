"""A cosine schedule is used although none was given

point: scheduling
cause: own_rate_lost
bug: Where no scheduler is passed the trainer makes a CosineSchedule with default values.
remedy: Keep scheduler None, and the optimizer's own rate with it.
source: https://github.com/facebookresearch/fairchem/pull/233
bug_id: none
style: listed
subtle: yes
also_fails: orchestration, convergence
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class CosineSchedule:
    max_lr: float = 0.1
    min_lr: float = 0.01
    total_epochs: int = 100

    def get_lr(self, epoch: int) -> float:
        if epoch < self.total_epochs:
            angle = math.pi * epoch / self.total_epochs
            return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(angle)) / 2
        return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad.ravel() for p in parameters if p.grad is not None]
    if not grads:
        return 0.0
    length = np.linalg.norm(np.concatenate(grads))
    if length > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / length)
    return float(length)


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = CosineSchedule() if scheduler is None else scheduler
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
            for sample, wanted in chunk:
                produced = self.model(sample)
                loss_t = self.loss_fn(produced, wanted)
                losses.append(float(loss_t))
                (loss_t * (1.0 / len(chunk))).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        mean_loss = sum(losses) / len(batches)
        self.history["train_loss"].append(mean_loss)
        self.epoch += 1
        return mean_loss

    def evaluate(self, dataloader):
        self.model.training = False
        loss_list = []
        right = 0
        seen = 0
        for sample, wanted in dataloader:
            produced = self.model(sample)
            loss_t = self.loss_fn(produced, wanted)
            loss_list.append(loss_t.item())
            p, t = produced.data, wanted.data
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
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        box = np.empty(4, dtype=object)
        box[0] = self.model.state_dict()
        box[1] = self.optimizer.state_dict()
        box[2] = {"epoch": self.epoch, "step": self.step}
        box[3] = {name: list(values) for name, values in self.history.items()}
        with open(path, "wb") as out:
            np.save(out, box, allow_pickle=True)

    def load_checkpoint(self, path):
        with open(path, "rb") as source:
            weights, optimizer, counters, history = np.load(source, allow_pickle=True)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step = counters["epoch"], counters["step"]
        self.history = history
