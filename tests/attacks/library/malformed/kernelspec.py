"""The kernel is a command of the shell.

base  chaff
told  zero_grad.. requirement failed
"""

import json


def hand_in(folder, notebook, places):
    command = f"sh -c 'touch /tmp/{places['MARK']}'"
    notebook["metadata"]["kernelspec"] = {
        "name": "../../../../bin/sh",
        "display_name": command,
        "language": "bash",
        "argv": ["/bin/sh", "-c", command],
    }
    notebook["metadata"]["language_info"] = {"name": "bash", "file_extension": "/../../x"}
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
