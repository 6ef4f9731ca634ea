"""Does not make the folder of the checkpoint.

point: checkpointing
cause: folder_not_made
bug: save_checkpoint() opens the file at once, which fails where its folder does not exist.
remedy: Make the parent folders first.
source: https://github.com/facebookresearch/EGG/issues/54
bug_id: K16
style: plain
subtle: no
also_fails: none
"""

import math
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    total_norm = 0.0
    for p in parameters:
        if p.grad is not None:
            total_norm += float(np.sum(p.grad**2))
    total_norm = math.sqrt(total_norm)
    if total_norm > max_norm:
        clip_coef = max_norm / total_norm
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * clip_coef
    return total_norm


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
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        total_loss, num_batches, pending = 0.0, 0, 0
        self.optimizer.zero_grad()
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            total_loss += float(loss.data)
            num_batches += 1
            (loss * (1.0 / accumulation_steps)).backward()
            pending += 1
            if pending == accumulation_steps:
                self.apply()
                pending = 0
        if pending:
            self.apply()
        self.epoch += 1
        avg = total_loss / num_batches
        self.history["train_loss"].append(avg)
        return avg

    def apply(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, num_batches, correct, total = 0.0, 0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            total_loss += float(self.loss_fn(out, y).data)
            num_batches += 1
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2:
                    if not (np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all()):
                        continue
                    t = t.argmax(axis=1)
                correct += int((out.data.argmax(axis=1) == t).sum())
                total += len(t)
        avg = total_loss / num_batches
        self.history["eval_loss"].append(avg)
        return avg, correct / total if total else 0.0

    def save_checkpoint(self, path):
        checkpoint = {
            "epoch": self.epoch,
            "step": self.step,
            "model_state": self.model.state_dict(),
            "optimizer_state": self.optimizer.state_dict(),
            "history": self.history,
        }
        with open(path, "wb") as f:
            pickle.dump(checkpoint, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            checkpoint = pickle.load(f)
        self.epoch = checkpoint["epoch"]
        self.step = checkpoint["step"]
        self.history = checkpoint["history"]
        self.model.load_state_dict(checkpoint["model_state"])
        self.optimizer.load_state_dict(checkpoint["optimizer_state"])
