class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        assert total_epochs >= 1
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return float(self.min_lr)
        share = 0.5 * (1.0 + np.cos(np.pi * epoch / self.total_epochs))
        return float(share * self.max_lr + (1.0 - share) * self.min_lr)
