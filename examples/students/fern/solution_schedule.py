class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.rates = [
            min_lr + (max_lr - min_lr) * (1 + float(np.cos(np.pi * e / total_epochs))) / 2
            for e in range(total_epochs)
        ]
        self.min_lr = min_lr

    def get_lr(self, epoch):
        # table made once, everything after it is min_lr
        return self.rates[epoch] if epoch < len(self.rates) else self.min_lr
