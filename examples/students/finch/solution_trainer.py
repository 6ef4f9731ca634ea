class Trainer:
    """Complete training orchestrator."""

    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        """Train for one epoch."""
        self.model.train()
        total_loss = 0.0
        num_batches = 0

        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            # Forward pass
            outputs = self.model(inputs)
            loss = self.loss_fn(outputs, targets)
            total_loss += loss.item()
            num_batches += 1

            # Backward pass, scaled for accumulation
            scaled_loss = loss / accumulation_steps
            scaled_loss.backward()

            # Update every accumulation_steps
            if num_batches % accumulation_steps == 0:
                self._optimizer_update()

        # Handle remaining accumulated gradients
        if num_batches % accumulation_steps > 0:
            self._optimizer_update()

        avg_loss = total_loss / num_batches
        self.history["train_loss"].append(avg_loss)

        # Update scheduler after each epoch
        if self.scheduler is not None:
            current_lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = current_lr
            self.history["learning_rates"].append(current_lr)

        self.epoch += 1
        return avg_loss

    def _optimizer_update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
