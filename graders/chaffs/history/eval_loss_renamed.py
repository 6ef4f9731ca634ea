"""Records the evaluation loss under another name.

point: history
cause: eval_loss_missing
bug: the losses go to history["val_loss"], and history["eval_loss"] does not exist.
remedy: Use the key "eval_loss".
source: https://github.com/yalickj/load-forecasting-resnet/issues/2
bug_id: H4
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
        angle = np.pi * min(epoch, self.total_epochs) / self.total_epochs
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(angle)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(np.sum([np.sum(p.grad**2) for p in parameters if p.grad is not None])))
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
        self.history = {"train_loss": [], "val_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        batches = list(dataloader)
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        for start in range(0, len(batches), accumulation_steps):
            self.optimizer.zero_grad()
            for x, y in batches[start : start + accumulation_steps]:
                loss = self.loss_fn(self.model(x), y)
                (loss / accumulation_steps).backward()
                losses.append(loss.item())
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def evaluate(self, dataloader):
        self.model.eval()
        outputs = [(self.model(x), y) for x, y in dataloader]
        loss = float(np.mean([self.loss_fn(out, y).item() for out, y in outputs]))
        hits = [hit for out, y in outputs for hit in self._hits(out.data, y.data)]
        self.history["val_loss"].append(loss)
        return loss, float(np.mean(hits)) if hits else 0.0

    def _hits(self, out, t):
        if out.ndim != 2 or out.shape[1] < 2:
            return []
        if t.ndim == 2:
            if not (np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all()):
                return []
            t = t.argmax(axis=1)
        return list(out.argmax(axis=1) == t)

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            for item in (self.model.state_dict(), self.optimizer.state_dict(), self.history):
                pickle.dump(item, f)
            pickle.dump([self.epoch, self.step], f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.model.load_state_dict(pickle.load(f))
            self.optimizer.load_state_dict(pickle.load(f))
            self.history = pickle.load(f)
            self.epoch, self.step = pickle.load(f)
