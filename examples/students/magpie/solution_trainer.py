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
        if scheduler is None:
            warnings.warn("training without a scheduler")

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        log("epoch", self.epoch, "rate", self.optimizer.lr)
        self.optimizer.zero_grad()
        losses = []
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            print(f"\rbatch {len(losses)}: {losses[-1]:.4f}", end="", flush=True)
            (loss / accumulation_steps).backward()
            if len(losses) % accumulation_steps == 0:
                self.update()
        print()
        if len(losses) % accumulation_steps:
            log("short last group")
            self.update()
        self.epoch += 1
        mean = float(np.mean(losses))
        self.history["train_loss"].append(mean)
        if self.epoch % 8 == 0:
            self.draw()
        return mean

    def update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def draw(self):
        """The curve so far, every few epochs."""
        plt.figure(figsize=(3, 2))
        plt.plot(self.history["train_loss"])
        plt.title(f"epoch {self.epoch}")
        plt.show()
