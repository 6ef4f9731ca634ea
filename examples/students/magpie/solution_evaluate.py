@method_of(Trainer)
def evaluate(self, dataloader):
    before = self.model.training
    self.model.eval()
    losses, right, rows = [], 0, 0
    for x, y in dataloader:
        out = self.model(x)
        losses.append(self.loss_fn(out, y).item())
        rows += len(out.data)
        labels = self.labels_of(out.data, y.data)
        if labels is not None:
            right += int(np.sum(out.data.argmax(axis=1) == labels))
    self.model.training = before
    mean = float(np.mean(losses))
    self.history["eval_loss"].append(mean)
    log(f"evaluation: loss {mean:.4g}, {right} of {rows} right")
    return mean, right / rows


@method_of(Trainer)
def labels_of(self, out, y):
    if out.ndim != 2 or out.shape[1] < 2:
        return None
    if y.ndim == 1:
        return y
    if np.all((y == 0) | (y == 1)) and np.all(y.sum(axis=1) == 1):
        return y.argmax(axis=1)
    warnings.warn("targets with several columns that are no classes")
    return None
