@method_of(Trainer)
def evaluate(self, dataloader):
    self.model.eval()
    total = 0.0
    batches = 0
    right = 0
    rows = 0
    for inputs, targets in dataloader:
        outputs = self.model(inputs)
        total += self.loss_fn(outputs, targets).item()
        batches += 1
        rows += outputs.shape[0]
        for row, target in zip(outputs.data, targets.data):
            right += self.is_right(row, target)
    self.model.train()
    mean = total / batches
    self.history["eval_loss"].append(mean)
    return mean, right / rows


@method_of(Trainer)
def is_right(self, row, target):
    """1 if one sample is classified correctly, else 0 (also for a regression)."""
    if np.size(row) < 2:
        return 0
    if np.ndim(target) == 0:
        return int(np.argmax(row) == target)
    if sorted(target) == [0] * (len(target) - 1) + [1]:
        return int(target[np.argmax(row)] == 1)
    return 0
