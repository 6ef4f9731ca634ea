"""Files beside the notebook have names with line breaks, quotes, shell commands and bytes that are no text.

base  wheat
told  no text in UTF-8
"""

import json
import os


def hand_in(folder, notebook, places):
    names = ["line\nbreak", "$(touch pwned)", "; rm -rf ~", "'\"`", "-rf", "\x1b[2J", "a" * 250, "<script>"]
    for name in names:
        (folder / name).write_text("x")
    with open(os.fsencode(str(folder)) + b"/\xff\xfe.csv", "wb") as file:
        file.write(b"x")
    os.symlink("/etc/passwd", os.fsencode(str(folder)) + b"/\x1b]0;\xff")
    os.symlink(b"\xff\xff", os.fsencode(str(folder)) + b"/\xff\xff")
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
