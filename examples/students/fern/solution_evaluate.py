@method_of(Trainer)
def evaluate(self, dataloader):
    self.model.eval()
    total_loss, batches, correct, samples = 0.0, 0, 0, 0
    for x, y in dataloader:
        scores = self.model(x)
        total_loss += self.loss_fn(scores, y).item()
        batches += 1
        n, columns = scores.data.reshape(len(scores.data), -1).shape
        samples += n
        if columns == 1:
            continue  # regression
        labels = y.data
        if labels.ndim == 2:
            if np.count_nonzero(labels) != n or not (labels.max(axis=1) == 1).all() or not (labels.sum(axis=1) == 1).all():
                continue  # also regression
            labels = labels.argmax(axis=1)
        correct += int(np.equal(scores.data.argmax(axis=1), labels).sum())
    self.history["eval_loss"].append(total_loss / batches)
    return total_loss / batches, correct / samples
