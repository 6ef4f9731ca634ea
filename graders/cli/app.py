"""Puts the subcommands together."""

from __future__ import annotations

import gc
import sys

import typer

import graders.lean_imports  # noqa: F401 (comes before nbgrader)
from graders.cli.audit import audit
from graders.cli.check import check
from graders.cli.collect import collect
from graders.cli.common import UNREADABLE, complain
from graders.cli.doctor import doctor
from graders.cli.grade import grade
from graders.cli.init import init
from graders.cli.new import new
from graders.cli.preview import preview
from graders.cli.release import release
from graders.cli.report import report
from graders.cli.validate import validate
from graders.sandbox import SandboxError

NEW_OBJECTS = 50_000
"""So many are made before cycles among them are looked for: modules have many, and none that are garbage."""

app = typer.Typer(
    help=(
        "An autograder for nbgrader courses: hidden tests that catch real bugs, "
        "and say what went wrong and why."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    audit,
    check,
    collect,
    doctor,
    grade,
    init,
    new,
    preview,
    release,
    report,
    validate,
):
    app.command()(command)


def main() -> None:
    """Run the command line; what the machine lacks for the sandbox is a message, and no traceback."""
    gc.set_threshold(NEW_OBJECTS)
    try:
        app()
    except SandboxError as error:
        complain(error)
        sys.exit(UNREADABLE)
