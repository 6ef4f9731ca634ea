@method_of(Trainer)
def save_checkpoint(self, path):
    folder = Path(path).parent
    folder.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as f:
        pickle.dump(self.model.state_dict(), f)
        pickle.dump(self.optimizer.state_dict(), f)
        pickle.dump([self.epoch, self.step, self.history], f)


@method_of(Trainer)
def load_checkpoint(self, path):
    with open(path, "rb") as f:
        model_state = pickle.load(f)
        optimizer_state = pickle.load(f)
        self.epoch, self.step, self.history = pickle.load(f)
    self.model.load_state_dict(model_state)
    self.optimizer.load_state_dict(optimizer_state)
