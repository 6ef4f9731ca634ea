"""A notebook of 40 MiB.

base  untouched
told  larger than
"""

import json


def hand_in(folder, notebook, places):
    notebook["metadata"]["ballast"] = "x" * (40 * 1024 * 1024)
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
