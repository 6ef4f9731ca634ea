"""A typo makes a new attribute on the trainer instead of switching the model.

point: modes
cause: evaluates_in_training
bug: evaluate() assigns self.model_training = False, an attribute that nothing reads.
remedy: Write self.model.training = False.
source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
bug_id: M5
style: verbose
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = float(max_lr)
        self.min_lr = float(min_lr)
        self.total_epochs = int(total_epochs)

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        amplitude = (self.max_lr - self.min_lr) / 2
        return self.min_lr + amplitude + amplitude * math.cos(math.pi * epoch / self.total_epochs)


def clip_grad_norm(parameters, max_norm=1.0):
    if max_norm <= 0:
        raise ValueError("max_norm must be positive")
    total_norm = 0.0
    for p in parameters:
        if p.grad is not None:
            total_norm += np.linalg.norm(p.grad) ** 2
    total_norm = float(np.sqrt(total_norm))
    if total_norm > max_norm:
        scale = max_norm / total_norm
        for p in parameters:
            if p.grad is not None:
                p.grad[...] = p.grad * scale
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
        if accumulation_steps < 1:
            raise ValueError("accumulation_steps must be at least 1")
        self.model.training = True
        if self.scheduler is not None:
            current_lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = current_lr
            self.history["learning_rates"].append(current_lr)
        batch_losses = []
        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            predictions = self.model(inputs)
            loss = self.loss_fn(predictions, targets)
            batch_losses.append(loss.item())
            (loss * (1.0 / accumulation_steps)).backward()
            if len(batch_losses) % accumulation_steps == 0:
                self._step()
        if len(batch_losses) % accumulation_steps:
            self._step()
        epoch_loss = float(np.mean(batch_losses))
        self.history["train_loss"].append(epoch_loss)
        self.epoch += 1
        print(f"[{self.epoch}] loss={epoch_loss:.5f} step={self.step}")
        return epoch_loss

    def _step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model_training = False
        batch_losses = []
        correct = 0
        total = 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            batch_losses.append(self.loss_fn(outputs, targets).item())
            if outputs.data.ndim == 2 and outputs.data.shape[1] > 1:
                labels = targets.data
                if labels.ndim == 2:
                    if not (((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all()):
                        continue
                    labels = labels.argmax(axis=1)
                correct += int((outputs.data.argmax(axis=1) == labels).sum())
                total += len(labels)
        eval_loss = float(np.mean(batch_losses))
        self.history["eval_loss"].append(eval_loss)
        return eval_loss, (correct / total if total else 0.0)

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        names = ("epoch", "step", "history")
        content = {name: getattr(self, name) for name in names}
        content.update(model=self.model.state_dict(), optimizer=self.optimizer.state_dict())
        with open(path, "wb") as f:
            pickle.dump(content, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            content = pickle.load(f)
        self.model.load_state_dict(content["model"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.epoch, self.step = content["epoch"], content["step"]
        self.history = content["history"]
