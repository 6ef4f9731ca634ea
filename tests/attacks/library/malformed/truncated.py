"""The file ends in the middle.

base  untouched
told  no JSON
"""

import json


def hand_in(folder, notebook, places):
    text = json.dumps(notebook)
    (folder / "07_training.ipynb").write_text(text[: len(text) // 2])
