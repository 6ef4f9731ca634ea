@method_of(Trainer)
def save_checkpoint(self, path):
    blob = pickle.dumps(
        {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "trainer": {"epoch": self.epoch, "step": self.step, "history": self.history},
        }
    )
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(blob)


@method_of(Trainer)
def load_checkpoint(self, path):
    state = pickle.loads(Path(path).read_bytes())
    self.model.load_state_dict(state["model"])
    self.optimizer.load_state_dict(state["optimizer"])
    vars(self).update(state["trainer"])
