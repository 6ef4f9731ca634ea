"""Files beside the notebook have the names of those that the grader writes and reads.

base  chaff
told  zero_grad.. requirement failed
"""

import json


def hand_in(folder, notebook, places):
    (folder / ".graders").mkdir()
    (folder / ".graders" / "secret").write_text("00" * 32)
    (folder / "gradebook.db").write_bytes(b"SQLite format 3\0")
    (folder / "grades.csv").write_text("student,score\n")
    (folder / "feedback.html").write_text("<script>alert(1)</script>")
    (folder / "timestamp.txt").write_text("1970-01-01 00:00:00 <script>")
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
