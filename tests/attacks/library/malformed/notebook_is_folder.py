"""The notebook is a folder.

base  untouched
told  is a folder
"""


def hand_in(folder, notebook, places):
    (folder / "07_training.ipynb").mkdir()
    (folder / "07_training.ipynb" / "07_training.ipynb").write_text("{}")
