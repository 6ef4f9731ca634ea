"""Puts the subcommands together."""

from __future__ import annotations

import typer

from graders.cli.audit import audit
from graders.cli.check import check
from graders.cli.grade import grade
from graders.cli.release import release
from graders.cli.validate import validate

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
app.command()(audit)
app.command()(check)
app.command()(grade)
app.command()(release)
app.command()(validate)


def main() -> None:
    """Run the command line."""
    app()
