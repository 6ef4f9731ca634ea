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

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()

        # learning rate of this epoch
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

        losses = []
        for inputs, targets in dataloader:
            # forward
            outputs = self.model(inputs)
            loss = self.loss_fn(outputs, targets)
            losses.append(loss.item())
            # backward
            (loss / accumulation_steps).backward()
            # update
            if len(losses) % accumulation_steps == 0:
                self.update()
        if len(losses) % accumulation_steps != 0:
            self.update()

        self.epoch += 1
        mean_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(mean_loss)
        return mean_loss

    def update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
