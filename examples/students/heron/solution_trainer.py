class Trainer:
    """Model, optimizer and loss, trained epoch by epoch."""

    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None) -> None:
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch: int = 0
        self.step: int = 0
        self.history: dict[str, list[float]] = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps: int = 1) -> float:
        self.model.train()
        self._set_rate()
        losses: list[float] = []
        for group in groups_of(accumulation_steps, dataloader):
            losses += self._learn(group)
        self.epoch += 1
        return self._record("train_loss", losses)

    def _set_rate(self) -> None:
        if self.scheduler is None:
            return
        self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        self.history["learning_rates"].append(self.optimizer.lr)

    def _learn(self, group: list) -> list[float]:
        """One update from one group; returns the losses of its batches."""
        self.optimizer.zero_grad()
        losses = [self._backward(inputs, targets, 1.0 / len(group)) for inputs, targets in group]
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), max_norm=self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        return losses

    def _backward(self, inputs, targets, weight: float) -> float:
        loss = self.loss_fn(self.model(inputs), targets)
        loss.backward(np.full(loss.shape, weight))  # seeded, so that the loss itself stays unscaled
        return loss.item()

    def _record(self, name: str, losses: list[float]) -> float:
        mean = sum(losses) / len(losses)
        self.history[name].append(mean)
        return mean
