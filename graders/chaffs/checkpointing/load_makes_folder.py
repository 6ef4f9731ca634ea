"""Loading makes the folder of a file that is not there.

point: checkpointing
cause: missing_file_ignored
bug: the helper that prepares a path makes the parent folder, and load_checkpoint() uses it too.
remedy: Make folders in save_checkpoint() only.
source: https://github.com/jeffminlin/vmcnet/pull/48
bug_id: K25
style: listed
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        fraction = min(epoch / self.total_epochs, 1.0)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * fraction)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum((p.grad**2).sum() for p in parameters if p.grad is not None)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
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
        data, losses = list(dataloader), []
        for i in range(0, len(data), accumulation_steps):
            part = data[i : i + accumulation_steps]
            self.optimizer.zero_grad()
            for x, y in part:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss / len(part)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in list(dataloader):
            out, t = self.model(x), y.data
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits.extend(out.data.argmax(axis=1) == t)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), float(np.mean(hits)) if hits else 0.0

    def checkpoint_file(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def save_checkpoint(self, path):
        names = ["epoch", "step", "history"]
        state = [self.model.state_dict(), self.optimizer.state_dict()] + [getattr(self, n) for n in names]
        self.checkpoint_file(path).write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        state = pickle.loads(self.checkpoint_file(path).read_bytes())
        self.model.load_state_dict(state[0])
        self.optimizer.load_state_dict(state[1])
        self.epoch, self.step, self.history = state[2:]
