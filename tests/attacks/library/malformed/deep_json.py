"""JSON a million levels deep.

base  untouched
told  no JSON|no notebook
"""


def hand_in(folder, notebook, places):
    text = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ' + "[" * 1_000_000
    (folder / "07_training.ipynb").write_text(text)
