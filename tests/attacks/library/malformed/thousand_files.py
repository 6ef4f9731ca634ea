"""A thousand files, and one of 30 MiB, beside the notebook.

base  wheat
told  too large|too many|left out
"""

import json


def hand_in(folder, notebook, places):
    for number in range(1000):
        (folder / f"file{number}.txt").write_text("x")
    with (folder / "ballast.bin").open("wb") as file:
        file.truncate(30 * 1024 * 1024)
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
