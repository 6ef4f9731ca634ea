"""A notebook of format 3, with worksheets.

base  untouched
told  put back|no valid notebook|points
"""

import json


def hand_in(folder, notebook, places):
    cells = [
        {"cell_type": "code", "input": cell["source"], "language": "python", "metadata": {}, "outputs": []}
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    sheet = [{"cells": cells, "metadata": {}}]
    old = {"metadata": {"name": "x"}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheet}
    (folder / "07_training.ipynb").write_text(json.dumps(old))
