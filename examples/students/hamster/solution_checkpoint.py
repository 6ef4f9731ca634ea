@method_of(Trainer)
def save_checkpoint(self, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    things = [self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, self.history]
    with open(path, "wb") as f:
        pickle.dump(things, f)


@method_of(Trainer)
def load_checkpoint(self, path):
    with open(path, "rb") as f:
        things = pickle.load(f)
    self.model.load_state_dict(things[0])
    self.optimizer.load_state_dict(things[1])
    self.epoch = things[2]
    self.step = things[3]
    self.history = things[4]
