"""An integer with a million digits, which takes Python minutes to read.

base  untouched
told  no JSON
"""


def hand_in(folder, notebook, places):
    (folder / "07_training.ipynb").write_text('{"nbformat": ' + "9" * 1_000_000 + ', "cells": []}')
