"""Annotated throughout, with protocols for what it is given and a TypedDict for its checkpoint.

free_choices: zero_grad_between, call_model, train_method, mode_restored, scaled_loss, short_group_by_k,
    clip_epsilon_relative, clip_replaces, clip_numpy, rates_empty, private_methods, helper_functions,
    checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming
"""

import math
import os
import pickle
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias, TypedDict

import numpy as np
from tinystack import SGD, AdamW, Tensor

Batch: TypeAlias = tuple[Tensor, Tensor]
State: TypeAlias = dict[str, Any]

RELATIVE_EPSILON: Final = 1e-9


class Scheduler(Protocol):
    def get_lr(self, epoch: int) -> float: ...


class Checkpoint(TypedDict):
    epoch: int
    step: int
    history: dict[str, list[float]]
    model: dict[str, np.ndarray]
    optimizer: State


class CosineSchedule:
    def __init__(self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100) -> None:
        self._max: Final = max_lr
        self._min: Final = min_lr
        self._total: Final = total_epochs

    def get_lr(self, epoch: int) -> float:
        progress: float = min(1.0, epoch / self._total)
        if progress >= 1.0:
            return self._min
        return self._min + (self._max - self._min) * (1.0 + math.cos(math.pi * progress)) / 2.0


def clip_grad_norm(parameters: Sequence[Tensor], max_norm: float = 1.0) -> float:
    norms: list[float] = [float(np.linalg.norm(p.grad)) for p in parameters if p.grad is not None]
    norm: float = math.hypot(*norms)
    if norm > max_norm:
        factor: float = max_norm / (norm + norm * RELATIVE_EPSILON)
        for p in parameters:
            if p.grad is not None:
                p.grad = np.asarray(p.grad * factor, dtype=p.grad.dtype)
    return norm


def correct_predictions(scores: np.ndarray, targets: np.ndarray) -> int:
    if scores.ndim != 2 or scores.shape[1] < 2:
        return 0
    labels: np.ndarray
    if targets.ndim == 1:
        labels = targets
    elif bool(np.isin(targets, (0.0, 1.0)).all()) and bool((targets.sum(axis=1) == 1.0).all()):
        labels = targets.argmax(axis=1)
    else:
        return 0
    return int(np.count_nonzero(scores.argmax(axis=1) == labels))


class Trainer:
    def __init__(
        self,
        model: Any,
        optimizer: SGD | AdamW,
        loss_fn: Any,
        scheduler: Scheduler | None = None,
        grad_clip_norm: float | None = None,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch: int = 0
        self.step: int = 0
        self.history: dict[str, list[float]] = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader: Iterable[Batch], accumulation_steps: int = 1) -> float:
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))
        losses: list[float] = []
        in_group: int = 0
        for inputs, targets in dataloader:
            loss: Tensor = self.loss_fn(self.model(inputs), targets)
            losses.append(loss.item())
            if in_group == 0:
                self.optimizer.zero_grad()
            (loss / accumulation_steps).backward()
            in_group = (in_group + 1) % accumulation_steps
            if in_group == 0:
                self._update()
        if in_group != 0:
            self._update()
        self.epoch += 1
        mean: float = math.fsum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        return mean

    def _update(self) -> None:
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader: Iterable[Batch]) -> tuple[float, float]:
        earlier: bool = self.model.training
        self.model.eval()
        losses: list[float] = []
        correct: int = 0
        samples: int = 0
        for inputs, targets in dataloader:
            outputs: Tensor = self.model(inputs)
            losses.append(self.loss_fn(outputs, targets).item())
            correct += correct_predictions(outputs.data, targets.data)
            samples += len(outputs.data)
        self.model.training = earlier
        mean: float = math.fsum(losses) / len(losses)
        self.history["eval_loss"].append(mean)
        return mean, correct / samples

    def save_checkpoint(self, path: str | os.PathLike[str]) -> None:
        checkpoint: Checkpoint = {
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(pickle.dumps(checkpoint, protocol=pickle.HIGHEST_PROTOCOL))

    def load_checkpoint(self, path: str | os.PathLike[str]) -> None:
        checkpoint: Checkpoint = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(checkpoint["model"])
        self.optimizer.load_state_dict(checkpoint["optimizer"])
        self.epoch, self.step = checkpoint["epoch"], checkpoint["step"]
        self.history = checkpoint["history"]
