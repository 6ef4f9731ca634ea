"""The learning rate decays although no scheduler was given

point: convergence
cause: rate_changed
bug: Without a scheduler the rate is multiplied by 0.9 when an epoch ends.
remedy: Leave the optimizer's rate alone when there is no scheduler.
source: https://github.com/LINCellularNeuroscience/VAME/issues/26
bug_id: none
style: verbose
subtle: yes
also_fails: scheduling
"""

import json
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.low = min_lr
        self.amplitude = (max_lr - min_lr) / 2
        self.length = total_epochs

    def get_lr(self, epoch):
        t = min(epoch, self.length)
        return float(self.low + self.amplitude * (1 + np.cos(np.pi * t / self.length)))


class History(dict):
    def note(self, key, value):
        self.setdefault(key, []).append(float(value))


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    """Scale all gradients together so that their joint length is at most max_norm."""
    grads = [p.grad for p in parameters if p.grad is not None]
    total_norm = float(np.linalg.norm([np.linalg.norm(g) for g in grads])) if grads else 0.0
    if total_norm > max_norm:
        for g in grads:
            g *= max_norm / total_norm
    return total_norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = History(train_loss=[], eval_loss=[], learning_rates=[])

    def train_epoch(self, dataloader, accumulation_steps=1):
        """Train on every batch once and return the mean loss."""
        assert accumulation_steps >= 1
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history.note("learning_rates", self.optimizer.lr)

        batch_losses = []
        open_group = False
        self.optimizer.zero_grad()
        for batch_number, (sample, wanted) in enumerate(dataloader, start=1):
            produced = self.model(sample)
            loss_t = self.loss_fn(produced, wanted)
            batch_losses.append(float(loss_t))
            (loss_t * (1.0 / accumulation_steps)).backward()
            open_group = True
            if batch_number % accumulation_steps == 0:
                self.update_parameters()
                open_group = False
        if open_group:
            self.update_parameters()

        mean_loss = float(np.mean(batch_losses))
        self.history.note("train_loss", mean_loss)
        self.epoch += 1
        if self.scheduler is None:
            self.optimizer.lr *= 0.9
        print(f"epoch {self.epoch}: loss {mean_loss:.4f} after {self.step} updates")
        return mean_loss

    def update_parameters(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for sample, wanted in dataloader:
            produced = self.model(sample)
            losses.append(self.loss_fn(produced, wanted).item())
            right.extend(hits(produced.data, wanted.data))
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], float(np.mean(right))

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        arrays = {"model/" + name: value for name, value in self.model.state_dict().items()}
        arrays["optimizer"] = np.frombuffer(pickle.dumps(self.optimizer.state_dict()), dtype=np.uint8)
        arrays["counters"] = np.array([self.epoch, self.step])
        arrays["history"] = np.array(
            json.dumps({k: [float(v) for v in vs] for k, vs in self.history.items()})
        )
        with open(path, "wb") as stream:
            np.savez(stream, **arrays)

    def load_checkpoint(self, path):
        with np.load(path) as saved:
            arrays = {name: saved[name] for name in saved.files}
        weights = {n[len("model/") :]: a for n, a in arrays.items() if n.startswith("model/")}
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(pickle.loads(arrays["optimizer"].tobytes()))
        self.epoch, self.step = (int(n) for n in arrays["counters"])
        self.history = History(json.loads(str(arrays["history"])))
