"""Takes labels of a float dtype for regression targets.

point: modes
cause: accuracy_one_hot
bug: the accuracy is only counted for integer dtypes, but class labels may be stored as floats.
remedy: Decide by the shapes of outputs and targets, not by the dtype.
source: https://github.com/dmlc/minpy/issues/180
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
        return float(np.interp(np.cos(phase), [-1, 1], [self.min_lr, self.max_lr]))


def clip_grad_norm(parameters, max_norm=1.0):
    having = [p for p in parameters if p.grad is not None]
    if not having:
        return 0.0
    vector = np.concatenate([p.grad.ravel() for p in having])
    norm = float(np.sqrt(vector @ vector))
    if norm > max_norm:
        for p in having:
            p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _apply(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.optimizer.zero_grad()
        losses = []
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward(np.asarray(1.0 / accumulation_steps).reshape(loss.shape))
            losses.append(float(loss.data))
            if len(losses) % accumulation_steps == 0:
                self._apply()
        if len(losses) % accumulation_steps:
            self._apply()
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def evaluate(self, dataloader):
        self.model.training = False
        losses, hits = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(float(self.loss_fn(out, y).data))
            scores, truth = out.data, y.data
            if scores.ndim == 2 and scores.shape[1] > 1:
                if truth.ndim == 2:
                    if np.isin(truth, (0, 1)).all() and (truth.sum(axis=1) == 1).all():
                        hits.append(scores.argmax(axis=1) == truth.argmax(axis=1))
                elif np.issubdtype(truth.dtype, np.integer):
                    hits.append(scores.argmax(axis=1) == truth)
        self.history["eval_loss"].append(float(np.mean(losses)))
        accuracy = float(np.concatenate(hits).mean()) if hits else 0.0
        return float(np.mean(losses)), accuracy

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        arrays = {f"model:{name}": array for name, array in self.model.state_dict().items()}
        rest = (self.optimizer.state_dict(), self.epoch, self.step, self.history)
        arrays["rest"] = np.frombuffer(pickle.dumps(rest), dtype=np.uint8)
        with open(path, "wb") as f:
            np.savez(f, **arrays)

    def load_checkpoint(self, path):
        with np.load(path) as npz:
            state = {name[6:]: npz[name] for name in npz.files if name.startswith("model:")}
            optimizer, epoch, step, history = pickle.loads(npz["rest"].tobytes())
        self.model.load_state_dict(state)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = epoch, step, history
