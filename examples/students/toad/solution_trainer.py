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
        epoch_loss = []
        for i, (x, y) in enumerate(dataloader, 1):
            y_hat = self.model(x)
            loss = self.loss_fn(y_hat, y)
            epoch_loss.append(loss.item())
            loss = loss / accumulation_steps
            loss.backward()
            if i % accumulation_steps == 0:
                self.step_once()
        if len(epoch_loss) % accumulation_steps != 0:
            self.step_once()

        self.epoch += 1
        self.history["train_loss"].append(sum(epoch_loss) / len(epoch_loss))
        print(f"Epoch {self.epoch}: loss {self.history['train_loss'][-1]:.4f}")

    def step_once(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
