"""Every cell is there twice, a solution split into two.

base  wheat
told  twice|duplicate|more than once|copies|dropped
case  nbgrader 0.9.6: SchemaTooOldError, the run ends; nbgrader#1083
"""

import copy
import json


def hand_in(folder, notebook, places):
    notebook["cells"] = [copy.deepcopy(cell) for cell in notebook["cells"] for _ in range(2)]
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
