"""All cells have the same id, or one of a hundred thousand characters.

base  wheat
told  100 of 100 points
"""

import json


def hand_in(folder, notebook, places):
    for index, cell in enumerate(notebook["cells"]):
        cell["id"] = "same" if index % 2 else "x" * 100_000
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
