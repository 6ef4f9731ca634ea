@method_of(Trainer)
def save_checkpoint(self, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as f:
        pickle.dump((self.model.state_dict(), self.optimizer.state_dict()), f)
        pickle.dump((self.epoch, self.step, self.history), f)


@method_of(Trainer)
def load_checkpoint(self, path):
    with open(path, "rb") as f:
        model, optimizer = pickle.load(f)
        epoch, step, history = pickle.load(f)
    self.model.load_state_dict(model)
    self.optimizer.load_state_dict(optimizer)
    self.epoch, self.step, self.history = epoch, step, history
