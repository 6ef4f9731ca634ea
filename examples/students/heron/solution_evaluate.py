@method_of(Trainer)
def evaluate(self, dataloader) -> tuple[float, float]:
    """Mean loss and accuracy, in evaluation mode; the earlier mode is restored."""
    mode_before = self.model.training
    self.model.eval()
    losses, hits, samples = [], 0, 0
    for inputs, targets in dataloader:
        outputs = self.model(inputs)
        losses.append(self.loss_fn(outputs, targets).item())
        hits += count_hits(outputs.data, targets.data)
        samples += len(outputs.data)
    self.model.training = mode_before
    return self._record("eval_loss", losses), hits / samples
