@method_of(Trainer)
def evaluate(self, dataloader):
    self.model.eval()
    losses = []
    correct, n = 0, 0
    for x, y in dataloader:
        out = self.model(x)
        losses.append(self.loss_fn(out, y).item()
        n += len(out.data)
        if out.data.ndim == 2 and out.data.shape[1] > 1
            # 2 minutes left, please work
            labels = y.data if y.data.ndim == 1 else y.data.argmax(axis=1)
            correct += int((out.data.argmax(axis=1) == labels).sum())
    mean = sum(losses) / len(losses)
    self.history["eval_loss"].append(mean)
    return mean, correct / n
