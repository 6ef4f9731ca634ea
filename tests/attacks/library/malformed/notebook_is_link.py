"""The notebook is a link to the instructor's.

base  untouched
told  is a link
"""

from pathlib import Path


def hand_in(folder, notebook, places):
    source = Path(places["COURSE"]) / "source" / "07_training" / "07_training.ipynb"
    (folder / "07_training.ipynb").symlink_to(source)
