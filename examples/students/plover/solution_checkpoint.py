KEEP = ("epoch", "step", "history")


@method_of(Trainer)
def save_checkpoint(self, path):
    path = Path(path)
    path.parent.mkdir(exist_ok=True, parents=True)
    state = {name: getattr(self, name) for name in KEEP}
    state["model"] = self.model.state_dict()
    state["optimizer"] = self.optimizer.state_dict()
    path.write_bytes(pickle.dumps(state))


@method_of(Trainer)
def load_checkpoint(self, path):
    state = pickle.loads(Path(path).read_bytes())
    for name in KEEP:
        setattr(self, name, state[name])
    self.model.load_state_dict(state["model"])
    self.optimizer.load_state_dict(state["optimizer"])
