"""Training mode is set once, in the constructor.

point: modes
cause: trains_in_evaluation
bug: model.train() is only called in __init__, so that every epoch after the first evaluate runs in eval mode.
remedy: Move the call to the start of train_epoch().
source: https://github.com/MILVLG/mcan-vqa/issues/26
bug_id: M1
style: helpers
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    """Half a cosine from max_lr down to min_lr."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.hi, self.lo, self.n = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        t = min(epoch, self.n) / self.n
        return self.lo + 0.5 * (self.hi - self.lo) * (1.0 + np.cos(np.pi * t))


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(g * g) for g in grads)))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}
        self.model.train()

    def _apply_rate(self):
        if self.scheduler is None:
            return
        self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        self.history["learning_rates"].append(float(self.optimizer.lr))

    def _forward_backward(self, batch, weight):
        inputs, targets = batch
        loss = self.loss_fn.forward(self.model.forward(inputs), targets)
        (loss * weight).backward()
        return loss.item()

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self._apply_rate()
        losses, pending = [], 0
        for batch in dataloader:
            if pending == 0:
                self.optimizer.zero_grad()
            losses.append(self._forward_backward(batch, 1.0 / accumulation_steps))
            pending += 1
            if pending == accumulation_steps:
                self._update()
                pending = 0
        if pending:
            self._update()
        self.epoch += 1
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        return mean

    def _score(self, out, targets):
        if out.data.ndim != 2 or out.data.shape[1] < 2:
            return 0, 0
        labels = targets.data
        if labels.ndim == 2:
            if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
                return 0, 0
            labels = np.argmax(labels, axis=1)
        return int((np.argmax(out.data, axis=1) == labels).sum()), len(labels)

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits, seen = [], 0, 0
        for inputs, targets in dataloader:
            out = self.model.forward(inputs)
            losses.append(self.loss_fn.forward(out, targets).item())
            good, count = self._score(out, targets)
            hits, seen = hits + good, seen + count
        mean = sum(losses) / len(losses)
        self.history["eval_loss"].append(mean)
        return mean, (hits / seen if seen else 0.0)

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        counters = (self.epoch, self.step, self.history)
        path.write_bytes(pickle.dumps((self.model.state_dict(), self.optimizer.state_dict(), counters)))

    def load_checkpoint(self, path):
        model, optimizer, counters = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = counters
