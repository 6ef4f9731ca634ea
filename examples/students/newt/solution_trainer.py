class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    # models are born in training mode, so nothing to switch here
    def train_epoch(self, dataloader, accumulation_steps=1):
        if self.scheduler is not None:
            rate = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = rate
            self.history["learning_rates"].append(rate)

        loss_sum, batch_count = 0.0, 0
        self.optimizer.zero_grad()
        for batch_count, (x, y) in enumerate(dataloader, start=1):
            loss = self.loss_fn(self.model(x), y)
            loss_sum += loss.item()
            (loss / accumulation_steps).backward()
            if batch_count % accumulation_steps == 0:
                self._clip_step_clear()
        if batch_count % accumulation_steps:
            self._clip_step_clear()

        self.epoch += 1
        self.history["train_loss"].append(loss_sum / batch_count)
        return loss_sum / batch_count

    def _clip_step_clear(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
