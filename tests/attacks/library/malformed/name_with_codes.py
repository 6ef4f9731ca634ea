r"""The folder of a student has control characters and HTML in its name.

base    chaff
student "eve\x1b[2J\r<img src=x onerror=alert(1)>"
told    zero_grad.. requirement failed
plain   nbgrader's own command line takes no such name
"""

import json


def hand_in(folder, notebook, places):
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
