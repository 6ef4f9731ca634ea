class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        done = epoch / self.total_epochs
        if done >= 1:
            return self.min_lr
        wave = np.cos(done * np.pi)  # 1 ... -1
        return self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (wave + 1)
