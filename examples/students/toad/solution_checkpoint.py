@method_of(Trainer)
def save_checkpoint(self, path):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {}
    state["model"] = self.model.state_dict()
    state["optimizer"] = self.optimizer.state_dict()
    state["epoch"] = self.epoch
    state["step"] = self.step
    state["history"] = self.history
    path.write_bytes(pickle.dumps(state))


@method_of(Trainer)
def load_checkpoint(self, path):
    state = pickle.loads(Path(path).read_bytes())
    self.model.load_state_dict(state["model"])
    self.optimizer.load_state_dict(state["optimizer"])
    self.epoch = state["epoch"]
    self.step = state["step"]
    self.history = state["history"]
