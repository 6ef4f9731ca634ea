@method_of(Trainer)
def save_checkpoint(self, path):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    everything = dict(
        model=self.model.state_dict(),
        optimizer=self.optimizer.state_dict(),
        epoch=self.epoch,
        step=self.step,
        history=self.history,
    )
    with path.open("wb") as f:
        pickle.dump(everything, f)


@method_of(Trainer)
def load_checkpoint(self, path):
    with Path(path).open("rb") as f:
        everything = pickle.load(f)
    self.model.load_state_dict(everything.pop("model"))
    self.optimizer.load_state_dict(everything.pop("optimizer"))
    for name, value in everything.items():
        setattr(self, name, value)
