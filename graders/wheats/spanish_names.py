"""Written in Spanish; a group is a list that is trained when full, the checkpoint a text of literals.

free_choices: zero_grad_before_forward, grads_to_zeros, clear_optimizer_params, call_model, train_method,
    mode_restored, scaled_loss, short_group_by_length, clip_epsilon_none, clip_in_place, clip_numpy,
    rates_empty, private_methods, checkpoint_text, rate_set_each_epoch, mean_by_batch, stale_cleared,
    fetch_group_ahead
"""

import ast
import math
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.tasa_maxima = max_lr
        self.tasa_minima = min_lr
        self.total_de_epocas = total_epochs

    def get_lr(self, epoch):
        epoca = min(epoch, self.total_de_epocas)
        coseno = math.cos(epoca / self.total_de_epocas * math.pi)
        return (self.tasa_maxima * (1 + coseno) + self.tasa_minima * (1 - coseno)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    gradientes = [parametro.grad for parametro in parameters if parametro.grad is not None]
    norma = math.sqrt(sum(float(np.sum(g * g)) for g in gradientes))
    if norma > max_norm:
        for g in gradientes:
            g *= max_norm
            g /= norma
    return norma


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
        if self.scheduler is not None:
            tasa = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = tasa
            self.history["learning_rates"].append(tasa)
        self.model.train()
        perdidas = []
        grupo = []
        for lote in dataloader:
            grupo.append(lote)
            if len(grupo) == accumulation_steps:
                perdidas.extend(self._entrenar_grupo(grupo))
                grupo = []
        if grupo:
            perdidas.extend(self._entrenar_grupo(grupo))
        self.epoch += 1
        media = sum(perdidas) / len(perdidas)
        self.history["train_loss"].append(media)
        return media

    def _entrenar_grupo(self, grupo):
        for parametro in self.optimizer.params:
            if parametro.grad is not None:
                parametro.grad = np.zeros_like(parametro.data)
        perdidas = []
        for entradas, objetivos in grupo:
            perdida = self.loss_fn(self.model(entradas), objetivos)
            perdidas.append(perdida.item())
            (perdida / len(grupo)).backward()
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        return perdidas

    def evaluate(self, dataloader):
        modo_anterior = self.model.training
        self.model.eval()
        perdidas = []
        aciertos = []
        for entradas, objetivos in dataloader:
            salidas = self.model(entradas)
            perdidas.append(self.loss_fn(salidas, objetivos).item())
            aciertos += self._aciertos(salidas.data, objetivos.data)
        self.model.training = modo_anterior
        media = sum(perdidas) / len(perdidas)
        self.history["eval_loss"].append(media)
        return media, sum(aciertos) / len(aciertos)

    def _aciertos(self, salidas, objetivos):
        ninguno = [0] * len(salidas)
        es_regresion = salidas.ndim == 1 or salidas.shape[1] == 1
        if es_regresion:
            return ninguno
        if objetivos.ndim == 2:
            es_codificado = set(objetivos.ravel().tolist()) <= {0, 1} and (objetivos.sum(axis=1) == 1).all()
            if not es_codificado:
                return ninguno
            objetivos = objetivos.argmax(axis=1)
        return [int(s.argmax() == o) for s, o in zip(salidas, objetivos, strict=True)]

    def save_checkpoint(self, path):
        ruta = Path(path)
        ruta.parent.mkdir(parents=True, exist_ok=True)
        contenido = {
            "epoca": self.epoch,
            "paso": self.step,
            "historia": self.history,
            "modelo": self.model.state_dict(),
            "optimizador": self.optimizer.state_dict(),
        }
        ruta.write_text(repr(self._a_literal(contenido)), encoding="utf-8")

    def load_checkpoint(self, path):
        contenido = self._de_literal(ast.literal_eval(Path(path).read_text(encoding="utf-8")))
        self.model.load_state_dict(contenido["modelo"])
        self.optimizer.load_state_dict(contenido["optimizador"])
        self.epoch, self.step = contenido["epoca"], contenido["paso"]
        self.history = contenido["historia"]

    def _a_literal(self, valor):
        if isinstance(valor, dict):
            return {clave: self._a_literal(v) for clave, v in valor.items()}
        if isinstance(valor, list):
            return [self._a_literal(v) for v in valor]
        if isinstance(valor, np.ndarray):
            return ("matriz", str(valor.dtype), valor.shape, valor.ravel().tolist())
        return valor.item() if isinstance(valor, np.generic) else valor

    def _de_literal(self, valor):
        if isinstance(valor, dict):
            return {clave: self._de_literal(v) for clave, v in valor.items()}
        if isinstance(valor, list):
            return [self._de_literal(v) for v in valor]
        if isinstance(valor, tuple):
            _, tipo, forma, numeros = valor
            return np.array(numeros, dtype=tipo).reshape(forma)
        return valor
