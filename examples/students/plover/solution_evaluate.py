@method_of(Trainer)
def evaluate(self, dataloader):
    self.model.eval()
    losses, correct = [], []
    for X, Y in dataloader:
        out = self.model(X)
        losses.append(self.loss_fn(out, Y).item())
        correct.extend(self.correct_rows(out.data, Y.data))
    self.model.train()
    self.history["eval_loss"].append(float(np.mean(losses)))
    return self.history["eval_loss"][-1], float(np.mean(correct))


@method_of(Trainer)
def correct_rows(self, out, Y):
    """True or False for each row; all False for a regression."""
    nothing = np.zeros(len(out), dtype=bool)
    if out.ndim != 2 or out.shape[1] == 1:
        return nothing
    if Y.ndim == 2:
        if np.any((Y != 0) & (Y != 1)) or np.any(Y.sum(axis=1) != 1):
            return nothing
        Y = Y.argmax(axis=1)
    return out.argmax(axis=1) == Y
