"""Evaluation runs backward() and leaves gradients behind.

point: modes
cause: evaluate_gradients
bug: evaluate() calls loss.backward(), and the next training step uses these gradients too.
remedy: Take backward() out of evaluate().
source: https://github.com/harvardnlp/annotated-transformer/issues/14
bug_id: M7
style: plain
subtle: yes
also_fails: none
"""

import math
import os
import pickle


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        cosine_factor = (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2
        return self.min_lr + (self.max_lr - self.min_lr) * cosine_factor


def clip_grad_norm(parameters, max_norm=1.0):
    sq = 0.0
    for p in parameters:
        if p.grad is None:
            continue
        for g in p.grad.ravel():
            sq += float(g) * float(g)
    norm = math.sqrt(sq)
    if norm > max_norm:
        coef = max_norm / norm
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * coef
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
            lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = lr
            self.history["learning_rates"].append(lr)
        total = 0.0
        count = 0
        for i, (x, y) in enumerate(dataloader):
            loss = self.loss_fn(self.model(x), y)
            total += loss.item()
            count += 1
            (loss / accumulation_steps).backward()
            if (i + 1) % accumulation_steps == 0:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
        if count % accumulation_steps != 0:
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.step += 1
        self.epoch += 1
        mean = total / count
        self.history["train_loss"].append(mean)
        return mean

    def evaluate(self, dataloader):
        self.model.eval()
        total, count, right, samples = 0.0, 0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            loss = self.loss_fn(out, y)
            loss.backward()
            total += loss.item()
            count += 1
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2:
                    if ((t != 0) & (t != 1)).any() or (t.sum(axis=1) != 1).any():
                        continue
                    t = t.argmax(axis=1)
                right += int((out.data.argmax(axis=1) == t).sum())
                samples += len(t)
        mean = total / count
        self.history["eval_loss"].append(mean)
        accuracy = right / samples if samples else 0.0
        return mean, accuracy

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump([self.epoch, self.step, self.history], f)
            pickle.dump([self.model.state_dict(), self.optimizer.state_dict()], f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.epoch, self.step, self.history = pickle.load(f)
            model_state, optimizer_state = pickle.load(f)
        self.model.load_state_dict(model_state)
        self.optimizer.load_state_dict(optimizer_state)
