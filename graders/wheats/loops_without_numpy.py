"""Never imports numpy: plain loops over lists do all the arithmetic, the checkpoint is a CSV file.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_none, clip_in_place, clip_loops, rates_empty, helper_functions,
    checkpoint_text, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming
"""

import csv
import math
import os


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        half = math.cos(math.pi * epoch / (2 * self.total_epochs))
        return self.min_lr + (self.max_lr - self.min_lr) * half * half


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            for value in p.grad.reshape(-1).tolist():
                total += value * value
    norm = math.sqrt(total)
    if norm > max_norm:
        scale = max_norm / norm
        for p in parameters:
            if p.grad is not None:
                for i, value in enumerate(p.grad.reshape(-1).tolist()):
                    p.grad.flat[i] = value * scale
    return norm


def position_of_largest(values):
    best = 0
    for i, value in enumerate(values):
        if value > values[best]:
            best = i
    return best


def count_correct(outputs, targets):
    correct = 0
    for output, target in zip(outputs, targets, strict=True):
        if not isinstance(output, list) or len(output) < 2:
            return 0
        if isinstance(target, list):
            if target.count(1) != 1 or target.count(0) != len(target) - 1:
                return 0
            target = target.index(1)
        if position_of_largest(output) == target:
            correct += 1
    return correct


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
            self.history["learning_rates"].append(float(self.optimizer.lr))
        loss_sum = 0.0
        batches = 0
        for x, y in dataloader:
            if batches % accumulation_steps == 0:
                if batches > 0:
                    self.update()
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            (loss / accumulation_steps).backward()
            loss_sum += float(loss)
            batches += 1
        self.update()
        self.epoch += 1
        self.history["train_loss"].append(loss_sum / batches)
        return loss_sum / batches

    def update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        loss_sum, batches, correct, samples = 0.0, 0, 0, 0
        for x, y in dataloader:
            outputs = self.model(x)
            loss_sum += float(self.loss_fn(outputs, y))
            batches += 1
            correct += count_correct(outputs.data.tolist(), y.data.tolist())
            samples += outputs.shape[0]
        self.model.training = mode
        self.history["eval_loss"].append(loss_sum / batches)
        return loss_sum / batches, correct / samples

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        optimizer = self.optimizer.state_dict()
        with open(path, "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["trainer", self.epoch, self.step])
            rows.writerow(["optimizer", optimizer["lr"], optimizer["step_count"]])
            for name, values in self.history.items():
                rows.writerow(["history", name, *values])
            for name, array in self.model.state_dict().items():
                rows.writerow(["model", name, *array.ravel().tolist()])
            for name, buffer in optimizer["buffers"].items():
                for i, array in enumerate(buffer):
                    rows.writerow(["buffer", name, i, *([] if array is None else array.ravel().tolist())])

    def load_checkpoint(self, path):
        with open(path, newline="") as file:
            rows = list(csv.reader(file))
        model, optimizer = self.model.state_dict(), self.optimizer.state_dict()
        for kind, *row in rows:
            if kind == "trainer":
                self.epoch, self.step = int(row[0]), int(row[1])
            elif kind == "optimizer":
                optimizer["lr"], optimizer["step_count"] = float(row[0]), int(row[1])
            elif kind == "history":
                self.history[row[0]] = [float(value) for value in row[1:]]
            elif kind == "model":
                model[row[0]].flat[:] = [float(value) for value in row[1:]]
            elif kind == "buffer" and len(row) > 2:
                array = self.optimizer.params[int(row[1])].data.copy()
                array.flat[:] = [float(value) for value in row[2:]]
                optimizer["buffers"][row[0]][int(row[1])] = array
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
