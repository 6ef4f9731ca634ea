"""Records the sum of the evaluation losses.

point: history
cause: eval_loss_wrong
bug: history["eval_loss"] gets the sum over the batches, while their mean is returned.
remedy: Append the mean.
source: https://github.com/deepmodeling/DeePTB/issues/53
bug_id: none
style: numpyish
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
        phase = np.pi * np.clip(epoch / self.total_epochs, 0, 1)
        return float(self.min_lr + (self.max_lr - self.min_lr) * np.cos(phase / 2) ** 2)


def clip_grad_norm(parameters, max_norm=1.0):
    having = [p for p in parameters if p.grad is not None]
    flat = np.concatenate([p.grad.ravel() for p in having]) if having else np.zeros(1)
    norm = float(np.linalg.norm(flat))
    if norm > max_norm:
        for p in having:
            p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        for p in self.model.parameters():
            p.grad = None

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        for p in self.model.parameters():
            p.grad = None
        losses = []
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward(np.full_like(loss.data, 1.0 / accumulation_steps))
            losses.append(float(loss.data))
            if len(losses) % accumulation_steps == 0:
                self._update()
        if len(losses) % accumulation_steps:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def evaluate(self, dataloader):
        self.model.training = False
        losses, hits = np.zeros(0), np.zeros(0)
        for x, y in dataloader:
            out, t = self.model(x), y.data
            losses = np.append(losses, self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits = np.append(hits, out.data.argmax(axis=1) == t)
        self.history["eval_loss"].append(float(losses.sum()))
        return float(losses.mean()), float(hits.mean()) if hits.size else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        rest = pickle.dumps((self.optimizer.state_dict(), self.epoch, self.step, self.history))
        with open(path, "wb") as f:
            np.savez(f, rest=np.frombuffer(rest, dtype=np.uint8), **self._weights())

    def _weights(self):
        return {"w." + name: array for name, array in self.model.state_dict().items()}

    def load_checkpoint(self, path):
        with np.load(path) as z:
            weights = {name[2:]: z[name] for name in z.files if name.startswith("w.")}
            optimizer, self.epoch, self.step, self.history = pickle.loads(z["rest"].tobytes())
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer)
