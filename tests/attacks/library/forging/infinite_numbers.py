"""Losses and counters are NaN, infinite, or as large as they can be.

base  chaff
where end of solution_trainer
told  nan|inf|NaN|not finite|expected
"""

honest_epoch = Trainer.train_epoch
ODD = [float("nan"), float("inf"), -float("inf"), 1e308, 10**400, True, "1.0", None]


def train_epoch(self, *args, **options):
    honest_epoch(self, *args, **options)
    self.step = 10**5000
    self.epoch = float("nan")
    return ODD[len(self.history["train_loss"]) % len(ODD)]


Trainer.train_epoch = train_epoch
