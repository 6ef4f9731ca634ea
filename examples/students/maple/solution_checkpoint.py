@method_of(Trainer)
def save_checkpoint(self, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    m, o = self.model.state_dict(), self.optimizer.state_dict()
    Path(path).write_bytes(pickle.dumps((m, o, self.epoch, self.step, self.history)))


@method_of(Trainer)
def load_checkpoint(self, path):
    m, o, self.epoch, self.step, self.history = pickle.loads(Path(path).read_bytes())
    self.model.load_state_dict(m), self.optimizer.load_state_dict(o)
