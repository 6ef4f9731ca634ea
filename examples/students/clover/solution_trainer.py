class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = dict(train_loss=[], eval_loss=[], learning_rates=[])

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            # why does the curve look the same with and without it???
            self.optimizer.learning_rate = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.learning_rate)

        total, n, group = 0.0, 0, 0
        for x, y in dataloader:
            if group == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            (loss / accumulation_steps).backward()
            total += float(loss)
            n += 1
            group += 1
            if group == accumulation_steps:
                self.apply()
                group = 0
        if group > 0:
            self.apply()

        self.history["train_loss"].append(total / n)
        self.epoch += 1
        return total / n

    def apply(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
