@method_of(Trainer)
def evaluate(self, dataloader):
    self.model.eval()
    losses = []
    right = 0
    n = 0
    for x, y in dataloader:
        out = self.model(x)
        losses.append(self.loss_fn(out, y).item())
        n += len(out.data)
        if out.data.ndim == 2 and out.data.shape[1] > 1:
            labels = y.data
            if labels.ndim == 2 and ((labels == 0) + (labels == 1)).all() and (labels.sum(axis=1) == 1).all():
                labels = labels.argmax(axis=1)
            if labels.ndim == 1:
                right += int((out.data.argmax(axis=1) == labels).sum())
    mean = sum(losses) / len(losses)
    self.history["eval_loss"].append(mean)
    return mean, right / n
