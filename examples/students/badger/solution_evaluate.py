@method_of(Trainer)
def evaluate(self, dataloader):
    self.model.eval()
    losses = []
    correct = 0
    total = 0
    for inputs, targets in dataloader:
        outputs = self.model(inputs)
        losses.append(self.loss_fn(outputs, targets).item())
        total += outputs.shape[0]
        if len(outputs.shape) == 2 and outputs.shape[1] >= 2:
            guess = np.argmax(outputs.data, axis=1)
            truth = targets.data
            one_hot = truth.ndim == 2 and np.isin(truth, [0, 1]).all() and (truth.sum(axis=1) == 1).all()
            if one_hot:
                truth = np.argmax(truth, axis=1)
            if truth.ndim == 1:
                correct += int((guess == truth).sum())
    self.model.train()
    mean_loss = sum(losses) / len(losses)
    self.history["eval_loss"].append(mean_loss)
    return mean_loss, correct / total
