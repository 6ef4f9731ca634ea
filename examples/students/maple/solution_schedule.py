class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.hi, self.lo, self.n = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        return self.lo + (self.hi - self.lo) * (1 + float(np.cos(np.pi * min(1, epoch / self.n)))) / 2
