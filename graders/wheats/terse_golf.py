"""As short as it can be made without being wrong.

free_choices: zero_grad_after_update, call_model, train_method, eval_mode_left_on, scaled_gradients,
    short_group_by_length, clip_epsilon_none, clip_replaces, clip_numpy, rates_empty, checkpoint_pickle_dict,
    rate_set_each_epoch, mean_by_batch, stale_kept, fetch_all_first, helper_functions
"""

import pathlib
import pickle

import numpy as np


class CosineSchedule:
    def __init__(s, max_lr=0.1, min_lr=0.01, total_epochs=100):
        s.a, s.b, s.n = max_lr, min_lr, total_epochs

    def get_lr(s, epoch):
        return s.b + (s.a - s.b) * (1 + np.cos(np.pi * epoch / s.n)) / 2 if epoch < s.n else s.b


def clip_grad_norm(parameters, max_norm=1.0):
    ps = [p for p in parameters if p.grad is not None]
    n = float(sum((p.grad**2).sum() for p in ps)) ** 0.5
    for p in ps if n > max_norm else ():
        p.grad = p.grad * max_norm / n
    return n


class Trainer:
    def __init__(s, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        s.model, s.optimizer, s.loss_fn, s.scheduler, s.grad_clip_norm = (
            model,
            optimizer,
            loss_fn,
            scheduler,
            grad_clip_norm,
        )
        s.epoch = s.step = 0
        s.history = {k: [] for k in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(s, dataloader, accumulation_steps=1):
        s.model.train()
        if s.scheduler is not None:
            s.optimizer.lr = s.scheduler.get_lr(s.epoch)
            s.history["learning_rates"] += [s.optimizer.lr]
        b, L, k = list(dataloader), [], accumulation_steps
        for g in (b[i : i + k] for i in range(0, len(b), k)):
            for x, y in g:
                e = s.loss_fn(s.model(x), y)
                e.backward()
                L += [e.item()]
            for p in s.optimizer.params:
                p.grad = p.grad if p.grad is None else p.grad / len(g)
            if s.grad_clip_norm is not None:
                clip_grad_norm(s.optimizer.params, s.grad_clip_norm)
            s.optimizer.step()
            s.optimizer.zero_grad()
            s.step += 1
        s.epoch += 1
        s.history["train_loss"] += [sum(L) / len(L)]
        return s.history["train_loss"][-1]

    def evaluate(s, dataloader):
        s.model.eval()
        r = [(s.loss_fn(o, y).item(), *hits(o.data, y.data)) for x, y in dataloader for o in [s.model(x)]]
        e, c, n = map(sum, zip(*r, strict=True))
        s.history["eval_loss"] += [e / len(r)]
        return e / len(r), c / n

    def save_checkpoint(s, path):
        (p := pathlib.Path(path)).parent.mkdir(parents=True, exist_ok=True)
        p.write_bytes(
            pickle.dumps((s.epoch, s.step, s.history, s.model.state_dict(), s.optimizer.state_dict()))
        )

    def load_checkpoint(s, path):
        s.epoch, s.step, s.history, m, o = pickle.loads(pathlib.Path(path).read_bytes())
        s.model.load_state_dict(m), s.optimizer.load_state_dict(o)


def hits(o, t):
    n = len(o)
    if o.size == n or t.ndim > 1 and not (((t == 0) | (t == 1)).all() and (t.sum(1) == 1).all()):
        return 0, n
    return int((o.argmax(1) == (t.argmax(1) if t.ndim > 1 else t)).sum()), n
