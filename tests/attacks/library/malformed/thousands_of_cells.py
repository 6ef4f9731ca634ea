"""Twenty thousand cells.

base  wheat
told  cannot be read
"""

import json


def hand_in(folder, notebook, places):
    one = {"cell_type": "markdown", "source": "# ~~*_[x](y)_*~~", "metadata": {}}
    notebook["cells"] += [{**one, "id": f"cell{number}"} for number in range(20_000)]
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
