"""The notebook is a named pipe, at which a reader waits for ever.

base  untouched
told  no regular file
"""

import os


def hand_in(folder, notebook, places):
    os.mkfifo(folder / "07_training.ipynb")
    os.mkfifo(folder / "data.csv")
