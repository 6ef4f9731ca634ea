@method_of(Trainer)
def evaluate(self, dataloader):
    old_mode = self.model.training
    self.model.training = False
    batch_losses = []
    good = bad = 0
    for (x, y) in dataloader:
        out = self.model(x)
        batch_losses.append(self.loss_fn(out, y).item())
        o, t = out.data, y.data
        classification = o.ndim == 2 and o.shape[1] >= 2
        if classification and t.ndim == 2:
            # one-hot, or just a regression with more columns?
            classification = bool(((t == 0) | (t == 1)).all() and (t.sum(axis = 1) == 1).all())
            t = t.argmax(axis = 1)
        hits = int((o.argmax(axis = 1) == t).sum()) if classification else 0
        good += hits
        bad += len(o) - hits
    self.model.training = old_mode
    result = float(np.mean(batch_losses))
    self.history['eval_loss'].append(result)
    return result, good / (good + bad)
