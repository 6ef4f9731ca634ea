"""The L1 norm is used

point: clipping
cause: wrong_norm
bug: The norm is the sum of absolute values, not the root of the sum of squares.
remedy: Use the L2 norm.
source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
bug_id: none
style: listed
subtle: yes
also_fails: none
"""

from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100):
        self.max_lr = float(max_lr)
        self.min_lr = float(min_lr)
        self.total_epochs = int(total_epochs)

    def get_lr(self, epoch: int) -> float:
        fraction = np.clip(epoch / self.total_epochs, 0.0, 1.0)
        wave = 1.0 + np.cos(fraction * np.pi)
        return float(self.min_lr + (self.max_lr - self.min_lr) * wave / 2.0)


def class_labels(outputs, targets):
    if outputs.ndim < 2 or outputs.shape[1] < 2:
        return None
    if targets.ndim == 1:
        return targets
    binary = np.logical_or(targets == 0, targets == 1).all()
    return targets.argmax(axis=1) if binary and (targets.sum(axis=1) == 1).all() else None


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(sum(np.abs(g).sum() for g in grads))
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

    def train_epoch(self, dataloader, accumulation_steps=1):
        data = [(images, truth) for images, truth in dataloader]
        last = len(data) - 1
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))
        self.model.train()
        self.optimizer.zero_grad()
        epoch_loss = 0.0
        for i, (images, truth) in enumerate(data):
            objective = self.loss_fn(self.model(images), truth)
            epoch_loss += objective.item() / len(data)
            (objective / accumulation_steps).backward()
            group_done = (i + 1) % accumulation_steps == 0
            if group_done or i == last:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        """Mean loss and accuracy, without touching the training state."""
        self.model.eval()
        losses, flags = [], []
        for images, truth in dataloader:
            logits_t = self.model(images)
            losses.append(self.loss_fn(logits_t, truth).item())
            labels = class_labels(logits_t.data, truth.data)
            if labels is not None:
                flags.extend(logits_t.data.argmax(axis=1) == labels)
        self.model.train()
        result = sum(losses) / len(losses)
        self.history["eval_loss"].append(result)
        return result, float(np.mean(flags)) if flags else 0.0

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
