class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {k: [] for k in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.training, losses, n = True, [], 0
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        self.history["learning_rates"].append(float(self.optimizer.lr))
        self.optimizer.zero_grad()
        for x, y in dataloader:
            losses.append(loss := self.loss_fn.forward(self.model.forward(x), y))
            loss.backward()
            if (n := n + 1) == accumulation_steps:
                n = self._update(n)
        if n:
            self._update(n)
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean([float(l) for l in losses])))
        return self.history["train_loss"][-1]

    def _update(self, n):
        ps = [p for p in self.model.parameters() if p.grad is not None]
        for p in ps:
            p.grad = p.grad / n
        if self.grad_clip_norm is not None:
            clip_grad_norm(ps, self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return 0
