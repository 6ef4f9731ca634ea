"""The file is empty.

base  untouched
told  no JSON
"""


def hand_in(folder, notebook, places):
    (folder / "07_training.ipynb").write_bytes(b"")
