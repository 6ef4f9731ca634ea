"""Written in German; the update is its own class, the checkpoint a folder-less zip of numpy files.

free_choices: zero_grad_after_update, clear_optimizer_params, grads_to_none, call_forward, train_method,
    mode_restored, scaled_seed, short_group_by_k, clip_epsilon_absolute, clip_replaces, clip_numpy,
    rates_constant, helper_functions, extra_attributes, checkpoint_zip, rate_set_each_epoch, mean_by_batch,
    stale_cleared, streaming
"""

import math
import zipfile
from pathlib import Path
from pickle import dumps, loads

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.rate_oben, self.rate_unten, self.gesamt = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch < self.gesamt:
            anteil = math.cos(math.pi / 2 * epoch / self.gesamt) ** 2
            return self.rate_unten + (self.rate_oben - self.rate_unten) * anteil
        return self.rate_unten


def gradientennorm(parameter):
    return math.sqrt(math.fsum(float(np.einsum("i,i", g, g)) for g in map(np.ravel, gradienten(parameter))))


def gradienten(parameter):
    return [p.grad for p in parameter if p.grad is not None]


def clip_grad_norm(parameters, max_norm=1.0):
    norm = gradientennorm(parameters)
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = np.multiply(p.grad, max_norm / (norm + 1e-12))
    return norm


class Aktualisierung:
    """Kürzt die Gradienten, macht den Schritt und löscht danach."""

    def __init__(self, optimierer, grenze):
        self.optimierer = optimierer
        self.grenze = grenze

    def loeschen(self):
        for p in self.optimierer.params:
            p.grad = None

    def ausfuehren(self):
        if self.grenze is not None:
            clip_grad_norm(self.optimierer.params, self.grenze)
        self.optimierer.step()
        self.loeschen()


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.aktualisierung = Aktualisierung(optimizer, grad_clip_norm)
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        self.history["learning_rates"].append(self.optimizer.lr)
        self.aktualisierung.loeschen()
        verluste = []
        offen = 0
        for eingabe, ziel in dataloader:
            verlust = self.loss_fn(self.model.forward(eingabe), ziel)
            verlust.backward(np.ones(verlust.shape) / accumulation_steps)
            verluste.append(float(verlust))
            offen += 1
            if offen == accumulation_steps:
                self.aktualisierung.ausfuehren()
                self.step += 1
                offen = 0
        if offen:
            self.aktualisierung.ausfuehren()
            self.step += 1
        self.epoch += 1
        mittel = math.fsum(verluste) / len(verluste)
        self.history["train_loss"].append(mittel)
        return mittel

    def evaluate(self, dataloader):
        vorher = self.model.training
        self.model.eval()
        verluste, treffer, anzahl = [], 0, 0
        for eingabe, ziel in dataloader:
            ausgabe = self.model.forward(eingabe)
            verluste.append(float(self.loss_fn(ausgabe, ziel)))
            treffer += zaehle_treffer(ausgabe.data, ziel.data)
            anzahl += len(ausgabe.data)
        if vorher:
            self.model.train()
        mittel = math.fsum(verluste) / len(verluste)
        self.history["eval_loss"].append(mittel)
        return mittel, treffer / anzahl

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, mode="w") as archiv:
            archiv.writestr("zaehler", f"{self.epoch} {self.step}")
            archiv.writestr("verlauf", dumps(self.history))
            archiv.writestr("optimierer", dumps(self.optimizer.state_dict()))
            for name, feld in self.model.state_dict().items():
                with archiv.open(f"modell/{name}.npy", "w") as datei:
                    np.lib.format.write_array(datei, feld)

    def load_checkpoint(self, path):
        with zipfile.ZipFile(path, mode="r") as archiv:
            modell = {}
            for name in archiv.namelist():
                if name.startswith("modell/"):
                    with archiv.open(name) as datei:
                        modell[name[len("modell/") : -len(".npy")]] = np.lib.format.read_array(datei)
            self.model.load_state_dict(modell)
            self.optimizer.load_state_dict(loads(archiv.read("optimierer")))
            self.history = loads(archiv.read("verlauf"))
            self.epoch, self.step = map(int, archiv.read("zaehler").split())


def zaehle_treffer(ausgabe, ziel):
    if ausgabe.ndim != 2 or ausgabe.shape[1] < 2:
        return 0
    if ziel.ndim == 2:
        if not np.array_equal(ziel, ziel.astype(bool)) or not np.all(np.count_nonzero(ziel, axis=1) == 1):
            return 0
        ziel = ziel.argmax(axis=1)
    return int(np.sum(ausgabe.argmax(axis=1) == ziel))
