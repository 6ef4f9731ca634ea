@method_of(Trainer)
def save_checkpoint(self, path):
    import os

    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    with open(path, "wb") as f:
        pickle.dump(
            {
                "model": self.model.state_dict(),
                "opt": self.optimizer.state_dict(),
                "epoch": self.epoch,
                "step": self.step,
                "history": self.history,
            },
            f,
        )


@method_of(Trainer)
def load_checkpoint(self, path):
    with open(path, "rb") as f:
        saved = pickle.load(f)
    self.model.load_state_dict(saved["model"])
    self.optimizer.load_state_dict(saved["opt"])
    self.epoch, self.step, self.history = saved["epoch"], saved["step"], saved["history"]
