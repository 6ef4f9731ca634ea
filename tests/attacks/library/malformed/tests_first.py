"""The test cells stand before everything else, and end the notebook there.

base  chaff
told  order|moved|place
"""

import json


def hand_in(folder, notebook, places):
    notebook["cells"].sort(key=lambda one: not one["metadata"].get("nbgrader", {}).get("grade"))
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
