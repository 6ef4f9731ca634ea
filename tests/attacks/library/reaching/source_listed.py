"""The instructor's folder is listed, and the notebook with hidden tests and solutions printed.

base  wheat
where a cell after solution_schedule
told  FileNotFoundError
case  nbgrader 0.9.6: source/ can be listed
"""

from pathlib import Path

print([str(path) for path in Path("@COURSE@").rglob("*")])
for path in Path("@COURSE@/source").rglob("*"):
    print(path.read_bytes() if path.is_file() else path)
print(open("@COURSE@/source/07_training/07_training.ipynb").read())
