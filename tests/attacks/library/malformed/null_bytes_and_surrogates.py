"""Null bytes, lone surrogates and text in both directions in the code of a solution.

base  wheat
told  SyntaxError|null byte|surrogate
"""

import json


def hand_in(folder, notebook, places):
    for cell in notebook["cells"]:
        if cell["id"] == "solution_schedule":
            cell["source"] += "\nx = '\x00\ud800\u202e\u2066'  # \u202e gnp.exe \x1b[2J"
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
