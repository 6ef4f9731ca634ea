@method_of(Trainer)
def evaluate(self, dataloader):
    self.model.eval()
    losses = []
    right = 0
    total = 0
    for x, y in dataloader:
        y_hat = self.model(x)
        losses.append(self.loss_fn(y_hat, y).item())
        total += y_hat.shape[0]
        if len(y_hat.shape) == 2 and y_hat.shape[1] > 1:
            classes = y.data
            if classes.ndim == 2:
                if not np.isin(classes, [0.0, 1.0]).all() or not np.all(classes.sum(axis=1) == 1.0):
                    continue
                classes = np.argmax(classes, axis=1)
            right += int(np.sum(np.argmax(y_hat.data, axis=1) == classes))
    self.model.train()
    self.history["eval_loss"].append(sum(losses) / len(losses))
    return self.history["eval_loss"][-1], right / total
