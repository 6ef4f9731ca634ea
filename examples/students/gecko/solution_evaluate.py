@method_of(Trainer)
def evaluate(self, dataloader):
    self.model.eval()
    total, seen, hits, rows = 0.0, 0, 0, 0
    for x, y in dataloader:
        out = self.model(x)
        total += self.loss_fn(out, y).item()
        seen += 1
        rows += out.data.shape[0]
        if out.data.ndim == 2 and out.data.shape[1] >= 2:
            t = y.data
            if t.ndim == 2 and (np.sort(t, axis=1) == np.eye(t.shape[1])[-1]).all():
                t = np.argmax(t, axis=1)
            if t.ndim == 1:
                hits += int(np.sum(np.argmax(out.data, axis=1) == t))
    self.model.train()
    self.history["eval_loss"].append(total / seen)
    return total / seen, hits / rows
