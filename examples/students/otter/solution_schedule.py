# I wrote everything in here, scrolling between the cells was driving me mad.
class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        angle = np.pi * epoch / self.total_epochs
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + float(np.cos(angle))) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            total += np.sum(p.grad * p.grad)
    norm = float(np.sqrt(total))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


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
            lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = lr
            self.history["learning_rates"].append(lr)

        total_loss = 0.0
        count = 0
        for x, y in dataloader:
            # a new group starts here
            if count % accumulation_steps == 0:
                self.optimizer.zero_grad()
            pred = self.model(x)
            loss = self.loss_fn(pred, y)
            total_loss += loss.item()
            scaled = loss * (1.0 / accumulation_steps)
            scaled.backward()
            count += 1
            if count % accumulation_steps == 0:
                self.do_step()
        if count % accumulation_steps != 0:  # rest of the batches
            self.do_step()

        self.epoch += 1
        mean_loss = total_loss / count
        self.history["train_loss"].append(mean_loss)
        return mean_loss

    def do_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        was_training = self.model.training
        self.model.eval()
        total_loss = 0.0
        batches = 0
        correct = 0
        samples = 0
        for x, y in dataloader:
            pred = self.model(x)
            total_loss += self.loss_fn(pred, y).item()
            batches += 1
            samples += len(pred.data)
            if pred.data.ndim == 2 and pred.data.shape[1] > 1:
                labels = y.data
                if labels.ndim == 2:
                    if not self.is_one_hot(labels):
                        continue  # a regression with several outputs
                    labels = np.argmax(labels, axis=1)
                correct += int(np.sum(np.argmax(pred.data, axis=1) == labels))
        self.model.training = was_training
        mean_loss = total_loss / batches
        self.history["eval_loss"].append(mean_loss)
        return mean_loss, correct / samples

    def is_one_hot(self, labels):
        return bool(np.all((labels == 0) | (labels == 1)) and np.all(labels.sum(axis=1) == 1))

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
        }
        path.write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]
        self.step = state["step"]
        self.history = state["history"]
