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
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = list(self.losses_of(dataloader, accumulation_steps))
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return self.history["train_loss"][-1]

    def losses_of(self, dataloader, k):
        """Trains, and yields the loss of each batch on the way."""
        waiting = 0
        for x, y in dataloader:
            if waiting == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            (loss / k).backward()
            waiting += 1
            yield loss.item()
            if waiting == k:
                self.update()
                waiting = 0
        if waiting:
            self.update()

    def update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
