# one update, on its own so that I can try it on the numbers of the lesson
def update(trainer):
    if trainer.grad_clip_norm is not None:
        clip_grad_norm(trainer.model.parameters(), trainer.grad_clip_norm)
    trainer.optimizer.step()
    trainer.optimizer.zero_grad()
    trainer.step += 1


# %% split
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
        self.optimizer.zero_grad()
        total, seen = 0.0, 0
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            (loss / accumulation_steps).backward()
            total += loss.item()
            seen += 1
            if seen % accumulation_steps == 0:
                update(self)
        if seen % accumulation_steps != 0:
            update(self)
        self.epoch += 1
        self.history["train_loss"].append(total / seen)
        return total / seen
