"""Bytes that are no UTF-8, a null byte among them.

base  untouched
told  UTF-8
"""

import json


def hand_in(folder, notebook, places):
    text = json.dumps(notebook).encode()
    (folder / "07_training.ipynb").write_bytes(b"\xff\xfe\x00" + text + b"\x00\xc3\x28")
