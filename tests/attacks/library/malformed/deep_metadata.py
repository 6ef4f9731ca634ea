"""Metadata three hundred levels deep, in valid JSON.

base  wheat
told  100 of 100 points
"""

import json


def hand_in(folder, notebook, places):
    deep = {}
    for _ in range(300):
        deep = {"deeper": deep}
    notebook["metadata"]["deep"] = deep
    notebook["cells"][6]["metadata"]["deep"] = deep
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
