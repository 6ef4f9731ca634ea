"""Looking ahead eats every other batch.

point: orchestration
cause: batches_skipped
bug: to find out whether the epoch goes on, the loop takes the next batch from the same iterator and throws
    it away.
remedy: keep the batch that was fetched and train on it in the next round, or walk the dataloader with a
    plain for loop.
source: https://github.com/murraylab/PsychRNN/issues/43
bug_id: O20
style: verbose
subtle: yes
also_fails: convergence, clipping, accumulation
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    """Cosine annealing from max_lr down to min_lr."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        progress = 1.0 if epoch >= self.total_epochs else epoch / self.total_epochs
        return float(self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + np.cos(np.pi * progress)))


def grad_norm(parameters):
    return float(np.sqrt(sum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None)))


def clip_grad_norm(parameters, max_norm=1.0):
    before = grad_norm(parameters)
    ratio = min(1.0, max_norm / before) if before > 0 else 1.0
    if ratio < 1.0:
        for p in filter(lambda q: q.grad is not None, parameters):
            p.grad = ratio * p.grad
    return before


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        if accumulation_steps < 1:
            raise ValueError("accumulation_steps must be at least 1")
        self.model.train()
        if self.scheduler is not None:
            rate = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = rate
            self.history["learning_rates"].append(float(rate))
        losses = []
        batches = iter(dataloader)
        for inputs, targets in batches:
            if len(losses) % accumulation_steps == 0:
                self.optimizer.zero_grad()
            prediction = self.model(inputs)
            loss = self.loss_fn(prediction, targets)
            loss.backward(np.full(loss.shape, 1.0 / accumulation_steps))
            losses.append(loss.item())
            has_more = next(batches, None) is not None
            if len(losses) % accumulation_steps == 0 or not has_more:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.step += 1
        mean_loss = sum(losses) / len(losses)
        self.epoch += 1
        self.history["train_loss"].append(mean_loss)
        print(f"epoch {self.epoch}: {len(losses)} batches, loss {mean_loss:.4f}")
        return mean_loss

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        try:
            loss_sum, count, right, total = 0.0, 0, 0, 0
            for xb, yb in dataloader:
                scores = self.model(xb)
                loss_sum += float(self.loss_fn(scores, yb))
                count += 1
                n_right, n = self._score(scores.data, yb.data)
                right, total = right + n_right, total + n
        finally:
            self.model.training = mode
        self.history["eval_loss"].append(loss_sum / count)
        return loss_sum / count, right / total if total else 0.0

    def _score(self, scores, truth):
        classes = scores.shape[1] if scores.ndim == 2 else 1
        if classes < 2:
            return 0, 0
        if truth.ndim == 2:
            eye = np.eye(classes)[truth.argmax(axis=1)]
            if not np.array_equal(eye, truth):
                return 0, 0
            truth = truth.argmax(axis=1)
        return int((scores.argmax(axis=1) == truth).sum()), len(truth)

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "history": {key: list(values) for key, values in self.history.items()},
        }
        path.write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]
        self.step = state["step"]
        self.history = type(self.history)(state["history"])
