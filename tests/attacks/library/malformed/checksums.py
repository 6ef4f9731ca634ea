"""Checksums and versions of nbgrader's metadata are made up or of wrong types.

base  chaff
told  zero_grad.. requirement failed
case  nbgrader: SchemaTooOldError ends the whole run
"""

import json


def hand_in(folder, notebook, places):
    for index, cell in enumerate(notebook["cells"]):
        if "nbgrader" in cell["metadata"]:
            data = cell["metadata"]["nbgrader"]
            data["schema_version"] = [0, -1, 99, "3", None][index % 5]
            data["checksum"] = "0" * 32
            data["grade_id"] = data["grade_id"] if index % 3 else ["a", {"b": 1}]
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
