"""There is a folder, and nothing in it.

base  untouched
told  does not exist
"""


def hand_in(folder, notebook, places):
    (folder / "answer.txt").write_text("It is in the mail.")
