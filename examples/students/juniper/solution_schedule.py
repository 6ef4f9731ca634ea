class CosineSchedule:

    def __init__(self, max_lr = 0.1, min_lr = 0.01, total_epochs = 100):
        self.mid = (max_lr + min_lr) / 2
        self.amp = (max_lr - min_lr) / 2
        self.end = total_epochs

    def get_lr(self, epoch):
        e = epoch if epoch < self.end else self.end
        return float(self.mid + self.amp * np.cos(np.pi * e / self.end))
