"""Puts the subcommands together."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from graders.cli.common import UNREADABLE, complain, fail
from graders.sandbox import SandboxError

COMMANDS = (
    *("audit", "check", "collect", "doctor", "grade", "init", "new", "preview", "release", "report"),
    "validate",
)
"""Each is a function in the module of its name."""

NEW_OBJECTS = 50_000
"""So many are made before cycles among them are looked for: modules have many, and none that are garbage."""

SETTINGS: dict[str, Any] = {
    "pretty_exceptions_enable": False,
    "rich_markup_mode": "markdown",
    "context_settings": {"help_option_names": ["-h", "--help"]},
}


class Commands(Mapping[str, Any]):
    """The subcommands by name. Only the one that is asked for is imported, with what it needs."""

    def __getitem__(self, name: str) -> Any:
        """Import a subcommand. Raises KeyError: there is none of that name."""
        if name not in COMMANDS:
            raise KeyError(name)
        module = importlib.import_module(f"graders.cli.{name}")
        alone = typer.Typer(**SETTINGS, add_completion=False)
        alone.command(name)(getattr(module, name))
        return get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Group(TyperGroup):
    """The command that has them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        commands: Any = Commands()
        self.commands = commands


app = typer.Typer(
    cls=Group,
    help=(
        "An autograder for nbgrader courses: hidden tests that catch real bugs, "
        "and say what went wrong and why."
    ),
    no_args_is_help=True,
    **SETTINGS,
)


def _say_version(asked: bool) -> None:
    if asked:
        try:
            print(f"graders {metadata.version('graders')}")
        except metadata.PackageNotFoundError:
            fail("it is not installed, so its version is not known: install it with pip")
        raise typer.Exit


@app.callback()
def begin(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_say_version, help="Say which version this is."),
    ] = False,
) -> None:
    """Do nothing before the subcommand; with this, typer makes a group of them."""


def main() -> None:
    """Run the command line; what the machine lacks for the sandbox is a message, and no traceback."""
    gc.set_threshold(NEW_OBJECTS)
    try:
        app()
    except SandboxError as error:
        complain(error)
        sys.exit(UNREADABLE)
