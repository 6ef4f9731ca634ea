@method_of(Trainer)
def save_checkpoint(self, path):
    Path(path).parent.mkdir(parents = True, exist_ok = True)
    with open(path, 'wb') as file:
        for thing in (self.epoch, self.step, self.history,
                      self.model.state_dict(), self.optimizer.state_dict()):
            pickle.dump(thing, file)


@method_of(Trainer)
def load_checkpoint(self, path):
    with open(path, 'rb') as file:
        epoch, step, history, model, optimizer = [pickle.load(file) for _ in range(5)]
    self.epoch, self.step, self.history = epoch, step, history
    self.model.load_state_dict(model)
    self.optimizer.load_state_dict(optimizer)
