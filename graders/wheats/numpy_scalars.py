"""Returns and records numpy scalars and leaves conversions to whoever wants them.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_seed,
    short_group_by_k, clip_epsilon_absolute, clip_replaces, clip_numpy, rates_constant, numpy_floats,
    checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming, helper_functions
"""

import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = np.float64(max_lr)
        self.min_lr = np.float64(min_lr)
        self.total_epochs = np.int64(total_epochs)

    def get_lr(self, epoch):
        angle = np.pi * np.clip(epoch / self.total_epochs, 0, 1)
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(angle)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    squares = np.array([np.sum(np.square(p.grad)) for p in parameters if p.grad is not None])
    norm = np.sqrt(squares.sum())
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / (norm + 1e-8))
    return norm


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
        self.history["learning_rates"].append(np.float64(self.optimizer.lr))
        losses = []
        for number, (x, y) in enumerate(dataloader):
            if number % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.data)
            loss.backward(np.reciprocal(np.full(loss.shape, float(accumulation_steps))))
            if number % accumulation_steps == accumulation_steps - 1:
                self.apply_gradients()
        if len(losses) % accumulation_steps != 0:
            self.apply_gradients()
        self.epoch += 1
        mean = np.mean(losses)
        self.history["train_loss"].append(mean)
        return mean

    def apply_gradients(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        losses, right = [], []
        for x, y in dataloader:
            outputs = self.model(x)
            losses.append(self.loss_fn(outputs, y).data)
            right.append(right_ones(outputs.data, y.data))
        self.model.training = mode
        mean = np.mean(losses)
        self.history["eval_loss"].append(mean)
        return mean, np.mean(np.concatenate(right))

    def save_checkpoint(self, path):
        os.makedirs(os.path.split(os.path.abspath(path))[0], exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump([self.epoch, self.step, self.history], f)
            pickle.dump([self.model.state_dict(), self.optimizer.state_dict()], f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.epoch, self.step, self.history = pickle.load(f)
            for part, state in zip([self.model, self.optimizer], pickle.load(f), strict=True):
                part.load_state_dict(state)


def right_ones(outputs, y):
    result = np.zeros(len(outputs), dtype=bool)
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        if y.ndim == 1:
            result = np.equal(np.argmax(outputs, axis=1), y)
        elif np.logical_and(np.isin(y, [0, 1]).all(), np.equal(y.sum(axis=1), 1).all()):
            result = np.equal(np.argmax(outputs, axis=1), np.argmax(y, axis=1))
    return result
