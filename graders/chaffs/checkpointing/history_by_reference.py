"""The checkpoint kept in memory shares the history lists with the trainer.

point: checkpointing
cause: saved_by_reference
bug: dict(self.history) copies the dict but not its lists, so epochs trained after the save appear in it.
remedy: Copy the lists too, or read the file.
source: https://github.com/sicara/easy-few-shot-learning/pull/129
bug_id: K12
style: listed
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np

CHECKPOINTS = {}


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        ratio = min(epoch / self.total_epochs, 1)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(ratio * np.pi)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum(np.sum(np.square(p.grad)) for p in parameters if p.grad is not None)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * max_norm / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        batches = list(dataloader)
        losses = []
        for begin in range(0, len(batches), accumulation_steps):
            group = batches[begin : begin + accumulation_steps]
            self.optimizer.zero_grad()
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(float(loss))
                (loss * (1 / len(group))).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in list(dataloader):
            out = self.model(x)
            losses.append(float(self.loss_fn(out, y)))
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits += list(out.data.argmax(axis=1) == t)
        self.history["eval_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses)), float(np.mean(hits)) if hits else 0.0

    def save_checkpoint(self, path):
        path = Path(path).resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "history": dict(self.history),
        }
        path.write_bytes(pickle.dumps(state))
        CHECKPOINTS[path] = state

    def load_checkpoint(self, path):
        path = Path(path).resolve()
        content = path.read_bytes()
        state = CHECKPOINTS[path] if path in CHECKPOINTS else pickle.loads(content)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step = state["epoch"], state["step"]
        self.history = {name: list(values) for name, values in state["history"].items()}
