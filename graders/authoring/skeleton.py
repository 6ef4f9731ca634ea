"""What a new assignment begins with: a small piece of work, its experiment, a correct solution and two bugs.

The piece is a running mean. Everything in it is there to be replaced; until then it passes its own audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

POINT = "running_mean"
POINTS = 10

TITLE = """# {title}

Say here what this piece of work is for, in a paragraph that a student wants to read on after.

## How you are graded

| point | what it is about | points |
| --- | --- | ---: |
| `{point}` | the running mean of a list | {points} |

The grader calls your function with numbers that are drawn for you alone, and compares what it returns with
what the specification implies. It does not read your code. Every sentence of the specification may be tested;
nothing outside of it is.
"""

PIECE = """---
## Piece 1 · `running_mean`

**Why.** Say what it is good for.

**Specification.** `running_mean(values, window)` returns a list as long as `values`, a list of numbers. Each
entry is the mean of the number at its place and of the numbers before it, at most `window` of them in all.

**By hand.** `running_mean([2, 4, 9], window=2)` is `[2.0, 3.0, 6.5]`: the first number has none before it.

**Common pitfalls**

- Near the beginning there are fewer than `window` numbers: divide by how many there are.
"""

SOLUTION = '''# running_mean(values, window) -> list of floats
### BEGIN SOLUTION
def running_mean(values, window):
    """Return the mean of each number and those before it, at most `window` of them."""
    means = []
    for i in range(len(values)):
        recent = values[: i + 1][-window:]
        means.append(sum(recent) / len(recent))
    return means
### END SOLUTION
'''

VISIBLE = """# A visible check without points of its own: the example by hand.
def check_running_mean():
    found = running_mean([2, 4, 9], window=2)
    assert found == [2.0, 3.0, 6.5], f"running_mean([2, 4, 9], window=2) is {{found}}, not [2.0, 3.0, 6.5]"
    print("✅ As by hand. The hidden tests also look at other numbers and windows.")


check_running_mean()
"""

ABOUT = """#### Test: The running mean · {points} points

Lists and windows of several lengths, also a window that is longer than the list.
"""

EXPERIMENT = '''# The running mean: {points} points. The last line is the visible check.
# When your work is graded, hidden experiments run here as well, on numbers that nobody knows beforehand.
### BEGIN HIDDEN TESTS
import tinystack.lab


@tinystack.lab.experiment("{point}")
def {point}_experiment(lab):
    def observe(part, length, window):
        """Observe and never judge: note what the student's code makes of numbers drawn for this student."""
        values = part.rng.normal(size=length).tolist()
        part.append("means", running_mean(values, window))

    with lab.part("windows") as part:  # each part has numbers, points and errors of its own
        for window in (1, 2, 5):
            observe(part, 12, window)

    with lab.part("long_window") as part:
        observe(part, 4, 9)
### END HIDDEN TESTS

check_running_mean()
'''

WHEAT = '''"""Sums that begin at zero, and differences of them.

free_choices: numpy
"""

import numpy as np


def running_mean(values, window):
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(sums))
    starts = np.maximum(0, ends - window)
    return ((sums[ends] - sums[starts]) / (ends - starts)).tolist()
'''

DIVIDES_BY_WINDOW = '''"""Divides by the window

point: {point}
bug: Every sum is divided by the window, also near the beginning, where there are fewer numbers.
remedy: Divide by how many numbers were added.
subtle: yes
"""


def running_mean(values, window):
    return [sum(values[max(0, i + 1 - window) : i + 1]) / window for i in range(len(values))]
'''

ONE_TOO_MANY = '''"""One number too many

point: {point}
bug: The window reaches one number too far back.
remedy: The number itself is one of the window's: begin at i + 1 - window.
subtle: yes
"""


def running_mean(values, window):
    means = []
    for i in range(len(values)):
        recent = values[max(0, i - window) : i + 1]
        means.append(sum(recent) / len(recent))
    return means
'''


def notebook(name: str) -> NotebookNode:
    """Return the notebook of a new assignment."""
    words = {"title": name.replace("_", " "), "point": POINT, "points": POINTS}
    cells = [
        new_markdown_cell(TITLE.format(**words).strip(), id="title"),
        _code("imports", "import numpy as np", locked=True),
        new_markdown_cell(PIECE.strip(), id="piece_running_mean"),
        _code("solution_running_mean", SOLUTION, solution=True),
        _code("check_running_mean", VISIBLE.format(**words), locked=True),
        new_markdown_cell(ABOUT.format(**words).strip(), id=f"about_{POINT}"),
        _code(POINT, EXPERIMENT.format(**words), locked=True, points=POINTS),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made: NotebookNode = new_notebook(
        cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}}
    )
    return made


def _code(
    name: str, source: str, *, locked: bool = False, solution: bool = False, points: int | None = None
) -> NotebookNode:
    data: dict[str, object] = {
        "grade": points is not None,
        "grade_id": name,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        data["points"] = points
    cell: NotebookNode = new_code_cell(source.strip(), id=name, metadata={"nbgrader": data})
    return cell


def specimens() -> Mapping[Path, str]:
    """Return the specimens of a new assignment: texts by path below specimens/ASSIGNMENT/."""
    chaffs = Path("chaffs") / POINT
    return {
        Path("wheats") / "cumulative_sums.py": WHEAT,
        chaffs / "divides_by_window.py": DIVIDES_BY_WINDOW.format(point=POINT),
        chaffs / "one_too_many.py": ONE_TOO_MANY.format(point=POINT),
    }
