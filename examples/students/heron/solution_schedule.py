from dataclasses import dataclass
from math import cos, pi


@dataclass(frozen=True)
class CosineSchedule:
    """Half a cosine from max_lr to min_lr, then flat."""

    max_lr: float = 0.1
    min_lr: float = 0.01
    total_epochs: int = 100

    def get_lr(self, epoch: int) -> float:
        progress = min(epoch / self.total_epochs, 1.0)
        height = (1.0 + cos(pi * progress)) / 2.0
        return float(self.min_lr + height * (self.max_lr - self.min_lr))


# %%
# The table of the lesson. Should print 0.1, 0.0883, 0.06, 0.0317, 0.02, 0.02
schedule_by_hand = CosineSchedule(max_lr=0.1, min_lr=0.02, total_epochs=4)
print([round(schedule_by_hand.get_lr(e), 4) for e in range(6)])
