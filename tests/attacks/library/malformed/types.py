"""Cells, sources, outputs and metadata are of types that nobody expects.

base  wheat
told  put back|100 of 100 points
"""

import json


def hand_in(folder, notebook, places):
    odd = [None, 7, "cell", [], {"cell_type": ["code"], "source": {"a": 1}}, {"cell_type": "code"}]
    odd += [{"cell_type": "raw", "source": [[1]], "metadata": "none", "outputs": {"a": 1}, "id": 7}]
    notebook["cells"] = [*odd, *notebook["cells"]]
    notebook["metadata"] = [1, 2]
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
