"""Returns the accuracy of the last batch.

point: modes
cause: accuracy_wrong
bug: hits and samples are set inside the loop instead of added up, so only the last batch counts.
remedy: Add to both counters with +=.
source: https://github.com/xiaolai-sqlai/gluon-reid/issues/8
bug_id: M13
style: verbose
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np
from tinystack import Tensor


class CosineSchedule:
    """Cosine annealing of the learning rate."""

    def __init__(self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch: int) -> float:
        if epoch >= self.total_epochs:
            return self.min_lr
        cosine = np.cos(np.pi * epoch / self.total_epochs)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1.0 + cosine) / 2.0)


def clip_grad_norm(parameters: list, max_norm: float = 1.0) -> float:
    """Scale all gradients so that their global norm is at most max_norm."""
    gradients = [p.grad for p in parameters if isinstance(p, Tensor) and p.grad is not None]
    total_norm = float(np.sqrt(sum(np.sum(g**2) for g in gradients)))
    if total_norm > max_norm:
        for g in gradients:
            g *= max_norm / total_norm
    return total_norm


class Trainer:
    """Trains and evaluates a model."""

    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps: int = 1) -> float:
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.optimizer.zero_grad()
        losses: list[float] = []
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            losses.append(loss.item())
            (loss / float(accumulation_steps)).backward()
            if len(losses) % accumulation_steps == 0:
                self._update()
        if len(losses) % accumulation_steps > 0:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return self.history["train_loss"][-1]

    def _update(self) -> None:
        if self.grad_clip_norm is not None:
            norm = clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            if norm > self.grad_clip_norm:
                print(f"step {self.step}: gradient of norm {norm:.3f} clipped")
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader) -> tuple[float, float]:
        self.model.eval()
        losses: list[float] = []
        correct, samples = 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            losses.append(self.loss_fn(outputs, targets).item())
            labels = self._labels(outputs.data, targets.data)
            if labels is not None:
                correct = int(np.sum(np.argmax(outputs.data, axis=1) == labels))
                samples = len(labels)
        self.history["eval_loss"].append(float(np.mean(losses)))
        accuracy = correct / samples if samples else 0.0
        return self.history["eval_loss"][-1], accuracy

    @staticmethod
    def _labels(outputs, targets):
        if outputs.ndim != 2 or outputs.shape[1] < 2:
            return None
        if targets.ndim == 1:
            return targets
        is_one_hot = np.isin(targets, (0, 1)).all() and (targets.sum(axis=1) == 1).all()
        return targets.argmax(axis=1) if is_one_hot else None

    def save_checkpoint(self, path) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        own = {"epoch": self.epoch, "step": self.step, "history": self.history}
        with open(path, "wb") as f:
            pickle.dump({"trainer": own, "m": self.model.state_dict(), "o": self.optimizer.state_dict()}, f)

    def load_checkpoint(self, path) -> None:
        with open(path, "rb") as f:
            saved = pickle.load(f)
        self.__dict__.update(saved["trainer"])
        self.model.load_state_dict(saved["m"])
        self.optimizer.load_state_dict(saved["o"])
