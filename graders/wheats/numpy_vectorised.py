"""Works on the parameters' arrays as one flat numpy vector wherever it can; a checkpoint of plain npz arrays.

free_choices: zero_grad_before_forward, grads_to_zeros, clear_model_parameters, call_model, train_method,
    mode_restored, scaled_gradients, short_group_by_k, clip_epsilon_relative, clip_replaces, clip_numpy,
    rates_constant, helper_functions, numpy_floats, checkpoint_npz, rate_set_each_epoch, mean_by_batch,
    stale_cleared, streaming, private_methods
"""

import os

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        epochs = np.arange(total_epochs + 1)
        self.table = min_lr + (max_lr - min_lr) * (1 + np.cos(np.pi * epochs / total_epochs)) / 2
        self.table[-1] = min_lr

    def get_lr(self, epoch):
        return self.table[min(epoch, len(self.table) - 1)]


def flat(arrays):
    return np.concatenate([np.ravel(a) for a in arrays]) if len(arrays) else np.zeros(0)


def clip_grad_norm(parameters, max_norm=1.0):
    live = [p for p in parameters if p.grad is not None]
    vector = flat([p.grad for p in live]).astype(np.float64)
    norm = np.sqrt(vector @ vector)
    if norm > max_norm:
        vector *= max_norm / norm / (1 + 1e-7)
        ends = np.cumsum([p.grad.size for p in live])
        for p, piece in zip(live, np.split(vector, ends[:-1]), strict=True):
            p.grad = piece.reshape(p.grad.shape).astype(p.grad.dtype)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _zero(self):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = np.zeros_like(p.grad)

    def _apply(self, k):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad * (1 / k)
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        self.history["learning_rates"].append(np.float64(self.optimizer.lr))
        self.model.train()
        losses = np.empty(0)
        for x, y in dataloader:
            if losses.size % accumulation_steps == 0:
                self._zero()
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            losses = np.append(losses, loss.data)
            if losses.size % accumulation_steps == 0:
                self._apply(accumulation_steps)
        if losses.size % accumulation_steps:
            self._apply(accumulation_steps)
        self.epoch += 1
        self.history["train_loss"].append(losses.mean())
        return losses.mean()

    def evaluate(self, dataloader):
        training = self.model.training
        self.model.eval()
        losses, hits = np.empty(0), np.empty(0, dtype=bool)
        for x, y in dataloader:
            out = self.model(x)
            losses = np.append(losses, self.loss_fn(out, y).data)
            hits = np.append(hits, self._hits(out.data, y.data))
        self.model.training = training
        self.history["eval_loss"].append(losses.mean())
        return losses.mean(), hits.mean()

    @staticmethod
    def _hits(out, target):
        nothing = np.zeros(len(out), dtype=bool)
        if out.ndim == 1 or out.shape[1] == 1:
            return nothing
        if target.ndim == 1:
            return out.argmax(1) == target
        one_hot = (np.sort(target, axis=1) == np.eye(target.shape[1])[-1]).all()
        return out.argmax(1) == target.argmax(1) if one_hot else nothing

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        arrays = {"counters": np.array([self.epoch, self.step])}
        arrays |= {"history/" + key: np.array(values, dtype=float) for key, values in self.history.items()}
        arrays |= {"model/" + key: value for key, value in self.model.state_dict().items()}
        self._flatten(self.optimizer.state_dict(), "optimizer", arrays)
        with open(path, "wb") as file:
            np.savez_compressed(file, **arrays)

    def _flatten(self, value, name, arrays):
        """One array per leaf; the leaves that are no arrays are written over a fresh optimizer's state."""
        pairs = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, item in pairs:
            self._flatten(item, f"{name}/{key}", arrays)
        if not isinstance(value, dict | list):
            kind = "none" if value is None else type(value).__name__
            arrays[f"{name}:{kind}"] = np.zeros(0) if value is None else np.asarray(value)

    def load_checkpoint(self, path):
        with np.load(path) as file:
            arrays = dict(file)
        state = self._unflatten(self.optimizer.state_dict(), "optimizer", arrays)
        self.epoch, self.step = arrays["counters"].tolist()
        for key in self.history:
            self.history[key][:] = arrays["history/" + key]
        self.model.load_state_dict({k[6:]: v for k, v in arrays.items() if k.startswith("model/")})
        self.optimizer.load_state_dict(state)

    def _unflatten(self, like, name, arrays):
        if isinstance(like, dict):
            return {key: self._unflatten(item, f"{name}/{key}", arrays) for key, item in like.items()}
        if isinstance(like, list):
            return [self._unflatten(item, f"{name}/{i}", arrays) for i, item in enumerate(like)]
        found = next(key for key in arrays if key.startswith(name + ":"))
        if found.endswith(":none"):
            return None
        return arrays[found] if found.endswith(":ndarray") else arrays[found].item()
