@method_of(Trainer)
def save_checkpoint(self, path):
    path = Path(path)
    if not path.parent.exists():
        warnings.warn(f"making {path.parent}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as f:
        pickle.dump({"m": self.model.state_dict(), "o": self.optimizer.state_dict(), "h": self.history}, f)
        pickle.dump({"epoch": self.epoch, "step": self.step}, f)
    log("saved", path.name)


@method_of(Trainer)
def load_checkpoint(self, path):
    with Path(path).open("rb") as f:
        states, counters = pickle.load(f), pickle.load(f)
    self.model.load_state_dict(states["m"])
    self.optimizer.load_state_dict(states["o"])
    self.history = states["h"]
    self.__dict__.update(counters)
    log("loaded", Path(path).name)
