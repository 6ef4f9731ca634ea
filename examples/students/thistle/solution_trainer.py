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

        total = 0.0
        batches = 0
        waiting = 0
        for inputs, targets in dataloader:
            if waiting == 0:
                self.clear()
            loss = self.loss_fn(self.model(inputs), targets)
            total += loss.item()
            batches += 1
            (loss / accumulation_steps).backward()
            waiting += 1
            if waiting == accumulation_steps:
                self.clip_and_step()
                waiting = 0
        if waiting != 0:
            self.clip_and_step()

        mean = total / batches
        self.history["train_loss"].append(mean)
        self.epoch += 1
        return mean

    def clear(self):
        for p in self.model.parameters():
            p.grad = None

    def clip_and_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
