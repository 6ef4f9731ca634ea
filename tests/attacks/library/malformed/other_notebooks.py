"""Notebooks of other names lie beside, one of them with the cells of a test.

base  untouched
told  does not exist
"""

import json


def hand_in(folder, notebook, places):
    (folder / "07_training.IPYNB").write_text(json.dumps(notebook))
    (folder / "07_training (1).ipynb.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    (folder / "copy_of_solution.ipynb").write_text("{}")
