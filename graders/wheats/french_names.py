"""Written in French, as far as the given names allow; clears gradients between forward and backward.

free_choices: zero_grad_between, call_forward, training_attribute, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_absolute, clip_in_place, clip_loops, rates_empty, private_methods,
    checkpoint_pickle_dict, rate_set_each_epoch, mean_by_sample, stale_cleared, streaming
"""

import os
import pickle
from math import cos, pi, sqrt

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.taux_max = max_lr
        self.taux_min = min_lr
        self.duree = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.duree:
            return self.taux_min
        ecart = self.taux_max - self.taux_min
        return self.taux_min + ecart / 2 * (1 + cos(pi * epoch / self.duree))


def clip_grad_norm(parameters, max_norm=1.0):
    somme = 0.0
    for parametre in parameters:
        if parametre.grad is not None:
            somme += sum(valeur**2 for valeur in parametre.grad.ravel().tolist())
    norme = sqrt(somme)
    if norme > max_norm:
        facteur = max_norm / (norme + 1e-8)
        for parametre in parameters:
            if parametre.grad is not None:
                parametre.grad[...] = parametre.grad * facteur
    return norme


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
        self.model.training = True
        self._regler_le_taux()
        perte_totale = 0.0
        nb_exemples = 0
        nb_lots = 0
        for entrees, cibles in dataloader:
            sorties = self.model.forward(entrees)
            perte = self.loss_fn(sorties, cibles)
            debut_du_groupe = nb_lots % accumulation_steps == 0
            if debut_du_groupe:
                self.optimizer.zero_grad()
            (perte / accumulation_steps).backward()
            nb_lots += 1
            taille = entrees.shape[0]
            perte_totale += perte.item() * taille
            nb_exemples += taille
            if nb_lots % accumulation_steps == 0:
                self._mettre_a_jour()
        if nb_lots % accumulation_steps > 0:
            self._mettre_a_jour()
        self.epoch += 1
        moyenne = perte_totale / nb_exemples
        self.history["train_loss"].append(moyenne)
        return moyenne

    def _regler_le_taux(self):
        if self.scheduler is None:
            return
        taux = self.scheduler.get_lr(self.epoch)
        self.optimizer.lr = taux
        self.history["learning_rates"].append(taux)

    def _mettre_a_jour(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        mode_precedent = self.model.training
        self.model.training = False
        perte_totale = 0.0
        nb_exemples = 0
        nb_justes = 0
        for entrees, cibles in dataloader:
            sorties = self.model.forward(entrees)
            taille = entrees.shape[0]
            perte_totale += self.loss_fn(sorties, cibles).item() * taille
            nb_exemples += taille
            nb_justes += self._compter_justes(sorties.data, cibles.data)
        self.model.training = mode_precedent
        moyenne = perte_totale / nb_exemples
        self.history["eval_loss"].append(moyenne)
        return moyenne, nb_justes / nb_exemples

    def _compter_justes(self, scores, cibles):
        if scores.ndim < 2 or scores.shape[1] < 2:
            return 0
        choix = scores.argmax(axis=1)
        if cibles.ndim == 1:
            return int((choix == cibles).sum())
        binaire = np.logical_or(cibles == 0, cibles == 1).all()
        if binaire and (cibles.sum(axis=1) == 1).all():
            return int((choix == cibles.argmax(axis=1)).sum())
        return 0

    def save_checkpoint(self, path):
        dossier = os.path.dirname(os.path.abspath(path))
        os.makedirs(dossier, exist_ok=True)
        sauvegarde = {
            "epoque": self.epoch,
            "pas": self.step,
            "historique": self.history,
            "modele": self.model.state_dict(),
            "optimiseur": self.optimizer.state_dict(),
        }
        with open(path, "wb") as fichier:
            pickle.dump(sauvegarde, fichier)

    def load_checkpoint(self, path):
        with open(path, "rb") as fichier:
            sauvegarde = pickle.load(fichier)
        self.model.load_state_dict(sauvegarde["modele"])
        self.optimizer.load_state_dict(sauvegarde["optimiseur"])
        self.epoch = sauvegarde["epoque"]
        self.step = sauvegarde["pas"]
        self.history = sauvegarde["historique"]
