"""`graders validate`: what nbgrader's Validate says of notebooks, with an exit code to rely on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from graders.assignment import nbgrader_data
from graders.cli.common import UNREADABLE, complain
from graders.submission import SubmissionError, read_notebook

FAILED = 1


def validate(
    files: Annotated[list[Path], typer.Argument(help="Notebooks.", metavar="NOTEBOOK...")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per notebook.")] = False,
) -> None:
    """Run the visible checks of notebooks, as `nbgrader validate` and the Validate button do.

    Exit code: 0 if all passed, 1 if not, 2 if a file could not be read or has no checks; nbgrader's own
    command exits with 0 always.

    Examples:
        graders validate 07_training.ipynb
    """
    code = 0
    for path in files:
        try:
            notebook = read_notebook(path)
        except SubmissionError as error:
            complain(error)
            code = UNREADABLE
            continue
        if not any(nbgrader_data(cell).get("grade") for cell in notebook.cells):
            complain(
                f"{path} has no checks, so nothing can be validated: begin with the notebook that was handed "
                "out, and keep all its cells"
            )
            code = UNREADABLE
            continue
        code = max(code, _validate(path, as_json))
    raise typer.Exit(code)


def _validate(path: Path, as_json: bool) -> int:
    import graders.lean_imports.nbgrader  # noqa: F401 (comes before nbgrader)
    from graders.validation import RememberingValidator

    validator = RememberingValidator()
    if as_json:
        validator.validate(os.fspath(path.resolve()))
        print(json.dumps({"file": str(path), **validator.results}, ensure_ascii=False))
    else:
        validator.validate_and_print(os.fspath(path.resolve()))
    return FAILED if validator.results else 0
