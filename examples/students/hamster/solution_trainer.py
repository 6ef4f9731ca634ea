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
        batches = iter(dataloader)
        batch = next(batches, None)
        total = 0.0
        n = 0
        while batch is not None:
            self.optimizer.zero_grad()
            in_group = 0
            # gather until the group is full or the data are used up
            while batch is not None and in_group < accumulation_steps:
                x, y = batch
                loss = self.loss_fn(self.model(x), y)
                (loss / accumulation_steps).backward()
                total += loss.item()
                # TODO it says "kernel busy" for ever since I moved the two lines that were here
            n += in_group
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n
