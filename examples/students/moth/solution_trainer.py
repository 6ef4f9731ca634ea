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
        losses = []
        for x, y in dataloader:
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            self.step += 1
            losses.append(loss.item())
        self.epoch += 1
        return sum(losses) / len(losses)  # schedule, clipping, history: tomorrow
