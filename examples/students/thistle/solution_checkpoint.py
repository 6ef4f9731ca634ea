@method_of(Trainer)
def save_checkpoint(self, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    checkpoint = {
        "model": self.model.state_dict(),
        "optimizer_class": type(self.optimizer).__name__,
        "lr": self.optimizer.lr,  # the only thing of the optimizer that ever changes
        "epoch": self.epoch,
        "step": self.step,
        "history": self.history,
    }
    with open(path, "wb") as f:
        pickle.dump(checkpoint, f)


@method_of(Trainer)
def load_checkpoint(self, path):
    with open(path, "rb") as f:
        checkpoint = pickle.load(f)
    assert checkpoint["optimizer_class"] == type(self.optimizer).__name__, "that is another optimizer"
    self.model.load_state_dict(checkpoint["model"])
    self.optimizer.lr = checkpoint["lr"]
    self.epoch = checkpoint["epoch"]
    self.step = checkpoint["step"]
    self.history = checkpoint["history"]
