"""Prints every step of the way, checks its arguments, and keeps a logbook next to the history.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_absolute, clip_in_place, clip_numpy, rates_constant, history_extra_keys,
    extra_attributes, printing, helper_functions, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch,
    stale_cleared, streaming
"""

import pickle
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np


@dataclass
class LogEntry:
    kind: str
    epoch: int
    loss: float


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        if total_epochs < 1:
            raise ValueError("total_epochs must be at least 1")
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        factor = 0.5 * (1.0 + np.cos(np.pi * epoch / self.total_epochs))
        return float(self.min_lr + (self.max_lr - self.min_lr) * factor)


def clip_grad_norm(parameters, max_norm=1.0):
    sum_of_squares = 0.0
    for p in parameters:
        if p.grad is not None:
            sum_of_squares += np.sum(np.square(p.grad))
    norm = float(np.sqrt(sum_of_squares))
    if norm > max_norm:
        print(f"  clipping: {norm:.4f} > {max_norm}")
        scale = float(max_norm / (norm + 1e-6))
        for p in parameters:
            if p.grad is not None:
                p.grad[...] = p.grad * scale
    return norm


def report(text, width=72):
    print(text.ljust(width, "."))


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        assert hasattr(model, "parameters"), "the model needs parameters()"
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {
            "train_loss": [],
            "eval_loss": [],
            "learning_rates": [],
            "accuracy": [],
            "grad_norms": [],
        }
        self.logbook = []
        report(f"Trainer for {type(model).__name__} with {len(model.parameters())} parameters ")

    def train_epoch(self, dataloader, accumulation_steps=1):
        if accumulation_steps < 1:
            raise ValueError("accumulation_steps must be at least 1")
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        report(f"epoch {self.epoch} at rate {self.optimizer.lr:.6f} ")
        self.history["learning_rates"].append(self.optimizer.lr)
        total, n_batches = 0.0, 0
        open_group = False
        for x, y in dataloader:
            if not open_group:
                self.optimizer.zero_grad()
                open_group = True
            loss = self.loss_fn(self.model(x), y)
            value = loss.item()
            print(f"  batch {n_batches}: loss {value:.6f}")
            total += value
            n_batches += 1
            (loss * (1 / accumulation_steps)).backward()
            if n_batches % accumulation_steps == 0:
                self.take_step()
                open_group = False
        if open_group:
            print("  the last group is short")
            self.take_step()
        mean = total / n_batches
        self.epoch += 1
        self.history["train_loss"].append(mean)
        self.logbook.append(LogEntry("train", self.epoch, mean))
        report(f"epoch done, mean loss {mean:.6f} ")
        return mean

    def take_step(self):
        if self.grad_clip_norm is not None:
            self.history["grad_norms"].append(clip_grad_norm(self.model.parameters(), self.grad_clip_norm))
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        losses, correct, samples = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            samples += len(out.data)
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                labels = y.data
                if (
                    labels.ndim == 2
                    and np.array_equal(np.unique(labels), [0, 1])
                    and np.all(labels.sum(1) == 1)
                ):
                    labels = labels.argmax(axis=1)
                if labels.ndim == 1:
                    correct += int(np.sum(out.data.argmax(axis=1) == labels))
        self.model.train(mode)
        mean, accuracy = sum(losses) / len(losses), correct / samples
        self.history["eval_loss"].append(mean)
        self.history["accuracy"].append(accuracy)
        self.logbook.append(LogEntry("eval", self.epoch, mean))
        report(f"evaluation: loss {mean:.6f}, accuracy {accuracy:.1%} ")
        return mean, accuracy

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        state = {name: getattr(self, name) for name in ("epoch", "step", "history")}
        state["logbook"] = [asdict(entry) for entry in self.logbook]
        state["model"], state["optimizer"] = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps(state))
        report(f"saved {path} ")

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        for name in ("epoch", "step", "history"):
            setattr(self, name, state[name])
        self.logbook = [LogEntry(**entry) for entry in state["logbook"]]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        report(f"loaded {path} ")
