"""The test cells are deleted.

base  chaff
told  put back
case  nbgrader 0.9.6: no score, waits for a human; nbgrader#1682
"""

import json


def hand_in(folder, notebook, places):
    cells = notebook["cells"]
    notebook["cells"] = [one for one in cells if not one["metadata"].get("nbgrader", {}).get("grade")]
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
