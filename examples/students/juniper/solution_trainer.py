class Trainer:

    def __init__(self, model, optimizer, loss_fn, scheduler = None, grad_clip_norm = None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {'train_loss': [], 'eval_loss': [], 'learning_rates': []}

    def train_epoch(self, dataloader, accumulation_steps = 1):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history['learning_rates'].append(self.optimizer.lr)

        batch_losses = []
        pending = []                     # losses of the group that is being gathered
        for (x, y) in dataloader:
            if not pending:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            (loss * (1 / accumulation_steps)).backward()
            pending.append(loss.item())
            if len(pending) == accumulation_steps:
                batch_losses += self.finish_group(pending)
                pending = []
        if pending:
            batch_losses += self.finish_group(pending)

        self.epoch = self.epoch + 1
        result = float(np.mean(batch_losses))
        self.history['train_loss'].append(result)
        return result

    def finish_group(self, pending):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step = self.step + 1
        return pending
