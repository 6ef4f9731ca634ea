"""What a grade depends on besides the submission; where some of it has changed, some work is done again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import graders
from graders.assignment import Assignment, is_test, nbgrader_data
from graders.bundle import Bundle

JUDGING = (
    *("bindings.py", "bug_runs.py", "comparable.py", "criteria/*.py", "diagnosis.py", "errors_shown.py"),
    *("evidence.py", "fingerprints.py", "judgement.py", "marking.py", "messages.py", "numbering.py"),
    *("outputs.py", "pictures/*.py", "python_code.py", "signatures.py", "troubles.py", "verdict.py"),
)
"""The files of this package that make points and messages of evidence."""


@dataclass(frozen=True)
class Version:
    """Digests. setting: what students' code runs in. experiments: by name. judging: what judges evidence.

    The reference solution is a part of judging, as the truth is what it leaves. due: when the assignment is
    due; empty where it is not known.
    """

    setting: str
    experiments: Mapping[str, str]
    judging: str
    due: str = ""


def version_of(bundle: Bundle, assignment: Assignment) -> Version:
    """Return the version of an assignment and of what judges it."""
    code = [cell for cell in assignment.notebook.cells if cell.cell_type == "code" and not is_test(cell)]
    locked = [cell.source for cell in code if not nbgrader_data(cell).get("solution")]
    reference = [cell.source for cell in code if nbgrader_data(cell).get("solution")]
    lab = [item for item in sorted(bundle.files.items()) if not item[0].endswith(".ipynb")]
    return Version(
        setting=_digest([*locked, *(f"{name}\0{hashlib.sha256(data).hexdigest()}" for name, data in lab)]),
        experiments={one.name: _digest([one.code]) for one in assignment.experiments},
        judging=_digest(
            [
                *reference,
                repr(replace(bundle.frame, duedate=None)),
                repr(sorted(bundle.signatures.items())),
                _judging(),
            ]
        ),
        due=str(bundle.frame.duedate or ""),
    )


@cache
def _judging() -> str:
    package = Path(graders.__file__).parent
    paths = sorted(path for pattern in JUDGING for path in package.glob(pattern))
    return _digest(path.read_text("utf-8") for path in paths)


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()[:32]
