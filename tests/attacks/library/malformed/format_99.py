"""A notebook of a format to come.

base  chaff
told  zero_grad.. requirement failed
"""

import json


def hand_in(folder, notebook, places):
    notebook["nbformat"], notebook["nbformat_minor"] = 99, "many"
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
