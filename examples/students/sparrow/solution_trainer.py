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

        group = []
        losses = []
        for batch in dataloader:
            group.append(batch)
            if len(group) == accumulation_steps:
                losses.extend(self.train_group(group, accumulation_steps))
                group = []
        if len(group) > 0:
            losses.extend(self.train_group(group, accumulation_steps))

        self.epoch += 1
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        return mean

    def train_group(self, group, k):
        self.optimizer.zero_grad()
        losses = []
        for x, y in group:
            loss = self.loss_fn(self.model(x), y)
            (loss / k).backward()
            losses.append(loss.item())
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        return losses
