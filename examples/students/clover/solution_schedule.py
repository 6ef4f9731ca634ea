import math


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        # cos^2 of half the angle is the same as (1 + cos) / 2 (thanks, trigonometry class)
        epoch = min(epoch, self.total_epochs)
        half = math.pi * epoch / (2 * self.total_epochs)
        return self.min_lr + (self.max_lr - self.min_lr) * math.cos(half) ** 2
