"""Functional: the methods are closures made once in the constructor, and share their variables with no self.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_none, clip_replaces, clip_numpy, rates_empty, helper_functions,
    readonly_properties, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming
"""

import functools
import math
import operator
import pathlib
import pickle
import types

import numpy as np


def cosine(hi, lo, n):
    return lambda epoch: lo + (hi - lo) * (1 + math.cos(math.pi * epoch / n)) / 2 if epoch < n else lo


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.get_lr = cosine(max_lr, min_lr, total_epochs)


def clip_grad_norm(parameters, max_norm=1.0):
    have_grad = [p for p in parameters if p.grad is not None]
    norm = math.sqrt(functools.reduce(operator.add, (float((p.grad**2).sum()) for p in have_grad), 0.0))
    if norm > max_norm:
        for p in have_grad:
            p.grad = p.grad * (max_norm / norm)
    return norm


def hits(scores, labels):
    if scores.ndim < 2 or scores.shape[1] < 2:
        return 0
    if labels.ndim > 1:
        if not all(sorted(row) == [0] * (len(row) - 1) + [1] for row in labels.tolist()):
            return 0
        labels = labels.argmax(1)
    return int((scores.argmax(1) == labels).sum())


def make_trainer(model, optimizer, loss_fn, scheduler, grad_clip_norm):
    epoch, step = 0, 0
    history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def forward(batch):
        outputs = model(batch[0])
        return outputs, loss_fn(outputs, batch[1])

    def update():
        nonlocal step
        if grad_clip_norm is not None:
            clip_grad_norm(model.parameters(), grad_clip_norm)
        optimizer.step()
        step += 1

    def train_epoch(dataloader, accumulation_steps=1):
        nonlocal epoch
        model.train()
        if scheduler is not None:
            optimizer.lr = scheduler.get_lr(epoch)
            history["learning_rates"].append(optimizer.lr)
        losses = []
        for batch in dataloader:
            if len(losses) % accumulation_steps == 0:
                optimizer.zero_grad()
            _, loss = forward(batch)
            (loss * (1 / accumulation_steps)).backward()
            losses.append(loss.item())
            if len(losses) % accumulation_steps == 0:
                update()
        if len(losses) % accumulation_steps:
            update()
        epoch += 1
        history["train_loss"].append(float(np.mean(losses)))
        return history["train_loss"][-1]

    def evaluate(dataloader):
        mode = model.training
        model.eval()
        rows = []
        for batch in dataloader:
            outputs, loss = forward(batch)
            rows.append((loss.item(), hits(outputs.data, batch[1].data), len(outputs.data)))
        model.training = mode
        losses, correct, samples = zip(*rows, strict=True)
        history["eval_loss"].append(float(np.mean(losses)))
        return history["eval_loss"][-1], sum(correct) / sum(samples)

    def save_checkpoint(path):
        target = pathlib.Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(pickle.dumps((epoch, step, history, model.state_dict(), optimizer.state_dict())))

    def load_checkpoint(path):
        nonlocal epoch, step, history
        epoch, step, history, weights, moments = pickle.loads(pathlib.Path(path).read_bytes())
        model.load_state_dict(weights)
        optimizer.load_state_dict(moments)

    return types.SimpleNamespace(
        train_epoch=train_epoch,
        evaluate=evaluate,
        save_checkpoint=save_checkpoint,
        load_checkpoint=load_checkpoint,
        state=lambda: types.SimpleNamespace(epoch=epoch, step=step, history=history),
    )


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        inner = make_trainer(model, optimizer, loss_fn, scheduler, grad_clip_norm)
        self.train_epoch = inner.train_epoch
        self.evaluate = inner.evaluate
        self.save_checkpoint = inner.save_checkpoint
        self.load_checkpoint = inner.load_checkpoint
        self._state = inner.state

    epoch = property(lambda self: self._state().epoch)
    step = property(lambda self: self._state().step)
    history = property(lambda self: self._state().history)
