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
        self.optimizer.zero_grad()  # nothing from the epoch before
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

        losses = []
        for i, (X, Y) in enumerate(dataloader):
            out = self.model(X)
            loss = self.loss_fn(out, Y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()

            # every k-th batch
            if (i + 1) % accumulation_steps == 0:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1

        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return self.history["train_loss"][-1]
