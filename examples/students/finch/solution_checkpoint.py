@method_of(Trainer)
def save_checkpoint(self, path):
    """Save complete training state."""
    checkpoint = {
        "epoch": self.epoch,
        "step": self.step,
        "model_state": self.model.state_dict(),
        "optimizer_state": self.optimizer.state_dict(),
        "history": self.history,
    }
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as f:
        pickle.dump(checkpoint, f)


@method_of(Trainer)
def load_checkpoint(self, path):
    """Load training state."""
    with open(path, "rb") as f:
        checkpoint = pickle.load(f)
    self.epoch = checkpoint["epoch"]
    self.step = checkpoint["step"]
    self.history = checkpoint["history"]
    self.model.load_state_dict(checkpoint["model_state"])
    self.optimizer.load_state_dict(checkpoint["optimizer_state"])
