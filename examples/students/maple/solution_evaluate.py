@method_of(Trainer)
def evaluate(self, dataloader):
    self.model.training, ls, ok = False, [], []
    for x, y in dataloader:
        o, t = (p := self.model(x)).data, y.data
        ls.append(float(self.loss_fn(p, y)))
        if o.ndim == 2 and o.shape[1] > 1 and t.ndim == 2 and ((t**2 == t).all() and (t.sum(1) == 1).all()):
            t = t.argmax(1)
        ok += list(o.argmax(1) == t) if o.ndim == 2 and o.shape[1] > 1 and t.ndim == 1 else [0] * len(o)
    self.history["eval_loss"].append(float(np.mean(ls)))
    return self.history["eval_loss"][-1], float(np.mean(ok))
