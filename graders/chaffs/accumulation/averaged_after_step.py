"""The gradients are averaged after the step.

point: accumulation
cause: not_averaged
bug: the summed gradients are divided by the size of the group after optimizer.step() has used the sum.
remedy: divide before clipping and before optimizer.step().
source: https://github.com/openai/guided-diffusion/issues/111
bug_id: none
style: gradscale
subtle: yes
also_fails: none
"""

from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100):
        self.total_epochs = total_epochs
        self.min_lr = min_lr
        self.amplitude = (max_lr - min_lr) / 2

    def get_lr(self, epoch: int) -> float:
        done = epoch >= self.total_epochs
        angle = np.pi if done else np.pi * epoch / self.total_epochs
        return self.min_lr + self.amplitude * (1 + float(np.cos(angle)))


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


def is_one_hot(array):
    return bool(np.all(np.sort(array, axis=1)[:, :-1] == 0) and np.all(array.max(axis=1) == 1))


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
        loss_sum, batches, members = 0.0, 0, 0
        for x, y in dataloader:
            if members == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            loss_sum += loss.item()
            batches += 1
            members += 1
            if members == accumulation_steps:
                self._update(members)
                members = 0
        if members:
            self._update(members)
        self.epoch += 1
        self.history["train_loss"].append(loss_sum / batches)
        return loss_sum / batches

    def _update(self, size):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad / size
        self.step += 1

    def evaluate(self, dataloader):
        was_training = self.model.training
        self.model.eval()
        running, n_batches, n_right, n_samples = 0.0, 0, 0, 0
        for batch_x, batch_y in dataloader:
            logits = self.model(batch_x)
            running = running + float(self.loss_fn(logits, batch_y).data)
            n_batches = n_batches + 1
            scores, truth = logits.data, batch_y.data
            if scores.ndim == 2 and scores.shape[1] >= 2:
                if truth.ndim == 2 and is_one_hot(truth):
                    truth = truth.argmax(axis=1)
                if truth.ndim == 1:
                    n_right += int((scores.argmax(axis=1) == truth).sum())
                    n_samples += scores.shape[0]
        self.model.train(was_training)
        mean_loss = running / n_batches
        self.history["eval_loss"].append(mean_loss)
        accuracy = n_right / n_samples if n_samples > 0 else 0.0
        return mean_loss, accuracy

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        bundle = np.array(
            [self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, dict(self.history)],
            dtype=object,
        )
        with open(path, "wb") as handle:
            np.save(handle, bundle, allow_pickle=True)

    def load_checkpoint(self, path):
        with open(path, "rb") as handle:
            model, optimizer, epoch, step, history = np.load(handle, allow_pickle=True)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step = int(epoch), int(step)
        self.history.update(history)
