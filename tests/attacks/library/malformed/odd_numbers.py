"""Numbers that JSON does not have, or that no integer holds.

base  untouched
told  no JSON|points|notebook
"""

import json


def hand_in(folder, notebook, places):
    text = json.dumps(notebook)
    odd = '"metadata": {"a": NaN, "b": -Infinity, "c": 1e999, "d": ' + "9" * 4000 + "}, "
    (folder / "07_training.ipynb").write_text("{" + odd + text[1:])
