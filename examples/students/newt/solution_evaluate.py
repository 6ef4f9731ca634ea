@method_of(Trainer)
def evaluate(self, dataloader):
    self.model.eval()
    loss_sum, batch_count, hits, rows = 0.0, 0, 0, 0
    for x, y in dataloader:
        out = self.model(x)
        loss_sum += self.loss_fn(out, y).item()
        batch_count += 1
        rows += len(out.data)
        hits += _hits(out.data, y.data)
    self.history["eval_loss"].append(loss_sum / batch_count)
    return loss_sum / batch_count, hits / rows


def _hits(out, y):
    if out.ndim != 2 or out.shape[1] < 2:
        return 0
    if y.ndim == 1:
        return int(np.sum(out.argmax(axis=1) == y))
    # a one-hot row sorted is 0 0 ... 0 1
    wanted = np.zeros(y.shape[1])
    wanted[-1] = 1
    if not np.array_equal(np.sort(y, axis=1), np.tile(wanted, (len(y), 1))):
        return 0
    return int(np.sum(y[np.arange(len(y)), out.argmax(axis=1)] == 1))
