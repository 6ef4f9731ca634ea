"""Goes back to training mode inside the evaluation loop.

point: modes
cause: evaluates_in_training
bug: model.train() is indented into the loop of evaluate(): only the first batch is seen in evaluation mode.
remedy: Put the switch back to training mode after the loop.
source: https://github.com/sshaoshuai/Pointnet2.PyTorch/issues/28
bug_id: M2
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
        done = min(1.0, epoch / self.total_epochs)
        return self.min_lr + (self.max_lr - self.min_lr) * (np.cos(done * np.pi) + 1) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(np.sum([np.sum(np.square(g)) for g in grads])))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / (norm + 1e-9))
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = dict(train_loss=[], eval_loss=[], learning_rates=[])

    def train_epoch(self, dataloader, accumulation_steps=1):
        batches = list(dataloader)
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = float(self.scheduler.get_lr(self.epoch))
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        for start in range(0, len(batches), accumulation_steps):
            group = batches[start : start + accumulation_steps]
            self.optimizer.zero_grad()
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(float(loss.data))
                (loss * (1 / len(group))).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return self.history["train_loss"][-1]

    def evaluate(self, dataloader):
        losses, marks = [], []
        self.model.eval()
        for x, y in dataloader:
            out = self.model(x)
            losses.append(float(self.loss_fn(out, y).data))
            marks.extend(self._marks(out.data, y.data))
            self.model.train()
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], float(np.mean(marks)) if marks else 0.0

    def _marks(self, out, target):
        if out.ndim == 2 and out.shape[1] > 1:
            guess = np.argmax(out, axis=1)
            if target.ndim == 1:
                return list(guess == target)
            hot = np.zeros_like(target)
            hot[np.arange(len(target)), target.argmax(axis=1)] = 1
            if (hot == target).all():
                return list(guess == target.argmax(axis=1))
        return []

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(
            pickle.dumps(
                dict(
                    model=self.model.state_dict(),
                    optimizer=self.optimizer.state_dict(),
                    epoch=self.epoch,
                    step=self.step,
                    history=self.history,
                )
            )
        )

    def load_checkpoint(self, path):
        data = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(data["model"])
        self.optimizer.load_state_dict(data["optimizer"])
        self.epoch, self.step, self.history = data["epoch"], data["step"], data["history"]
