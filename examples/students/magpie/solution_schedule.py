import sys
import warnings

import matplotlib.pyplot as plt


def log(*words):
    print("[magpie]", *words, file=sys.stderr)


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        if total_epochs < 2:
            warnings.warn("a schedule of one epoch? are you sure?")
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return float(
            self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2
        )


# %%
# what does it look like?
shown = CosineSchedule(total_epochs=20)
plt.plot([shown.get_lr(e) for e in range(25)], "o-")
plt.title("cosine schedule")
plt.xlabel("epoch")
plt.show()
