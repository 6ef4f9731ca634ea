"""The notebook is the instructor's own file under a second name.

base  untouched
told  another file of the course
"""

import os
from pathlib import Path


def hand_in(folder, notebook, places):
    os.link(
        Path(places["COURSE"]) / "source" / "07_training" / "07_training.ipynb", folder / "07_training.ipynb"
    )
