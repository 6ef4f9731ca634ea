"""The notebook is a link to a device that never ends, and another link to itself.

base  untouched
told  is a link
"""


def hand_in(folder, notebook, places):
    (folder / "07_training.ipynb").symlink_to("/dev/zero")
    (folder / "loop").symlink_to("loop")
