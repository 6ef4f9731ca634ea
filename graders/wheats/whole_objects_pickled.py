"""Pickles the whole model and optimizer; on loading, copies the state of the loaded objects into its own.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_absolute, clip_replaces, clip_numpy, rates_empty,
    checkpoint_pickle_objects, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming
"""

import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        epoch = min(epoch, self.total_epochs)
        return float(
            self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1 + np.cos(epoch / self.total_epochs * np.pi))
        )


def clip_grad_norm(parameters, max_norm=1.0):
    total_norm = 0.0
    for param in parameters:
        if param.grad is None:
            continue
        total_norm += (param.grad**2).sum()
    total_norm = float(np.sqrt(total_norm))
    if total_norm > max_norm:
        for param in parameters:
            if param.grad is None:
                continue
            param.grad = param.grad * max_norm / (total_norm + 1e-6)
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
        self.history = {
            "train_loss": [],
            "eval_loss": [],
            "learning_rates": [],
        }

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()

        if self.scheduler is not None:
            current_lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = current_lr
            self.history["learning_rates"].append(current_lr)

        running_loss = 0.0
        batch_idx = 0
        accumulated = 0

        for inputs, targets in dataloader:
            if accumulated == 0:
                self.optimizer.zero_grad()

            outputs = self.model(inputs)
            loss = self.loss_fn(outputs, targets)
            running_loss += loss.item()
            batch_idx += 1

            scaled_loss = loss * (1.0 / accumulation_steps)
            scaled_loss.backward()
            accumulated += 1

            if accumulated == accumulation_steps:
                self.clip_and_step()
                accumulated = 0

        if accumulated != 0:
            self.clip_and_step()

        epoch_loss = running_loss / batch_idx
        self.history["train_loss"].append(epoch_loss)
        self.epoch += 1
        return epoch_loss

    def clip_and_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        training_before = self.model.training
        self.model.eval()

        running_loss = 0.0
        num_batches = 0
        num_correct = 0
        num_samples = 0

        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            running_loss += self.loss_fn(outputs, targets).item()
            num_batches += 1
            num_samples += outputs.data.shape[0]

            if len(outputs.data.shape) == 2 and outputs.data.shape[1] >= 2:
                predicted = np.argmax(outputs.data, axis=1)
                if len(targets.data.shape) == 1:
                    num_correct += np.sum(predicted == targets.data)
                else:
                    only_zeros_and_ones = np.all((targets.data == 0) | (targets.data == 1))
                    if only_zeros_and_ones and np.all(np.sum(targets.data, axis=1) == 1):
                        num_correct += np.sum(predicted == np.argmax(targets.data, axis=1))

        self.model.training = training_before
        epoch_loss = running_loss / num_batches
        accuracy = float(num_correct) / num_samples
        self.history["eval_loss"].append(epoch_loss)
        return epoch_loss, accuracy

    def save_checkpoint(self, path):
        directory = os.path.dirname(path)
        if directory != "":
            os.makedirs(directory, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump(
                {
                    "model": self.model,
                    "optimizer": self.optimizer,
                    "epoch": self.epoch,
                    "step": self.step,
                    "history": self.history,
                },
                f,
            )

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            saved = pickle.load(f)
        self.model.load_state_dict(saved["model"].state_dict())
        self.optimizer.load_state_dict(saved["optimizer"].state_dict())
        self.epoch = saved["epoch"]
        self.step = saved["step"]
        self.history = saved["history"]
