"""Makes the pages of docs/reference/ that say what the code says: cli.md and configuration.md.

Usage: python docs/make_reference.py [--check]

With --check nothing is written; pages that are out of date are named, and the exit code is then 1.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import typer.main
from traitlets import TraitType, Undefined
from traitlets.config import Configurable

import graders.export
import graders.nbgrader_plugins
from graders.cli.app import app
from graders.export.base import LmsExportPlugin

PAGES = Path(__file__).resolve().parent / "reference"
MADE = "<!-- Made by docs/make_reference.py; do not edit. -->\n"
PACKAGES = (graders.nbgrader_plugins, graders.export)


def main() -> int:
    """Write the pages, or check them; return the exit code."""
    parser = argparse.ArgumentParser(description="Make the reference pages that come from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is out of date")
    check = parser.parse_args().check
    stale = [path for path, text in pages().items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in stale:
        if check:
            print(f"{path} is out of date: run python docs/make_reference.py", file=sys.stderr)
        else:
            path.write_text(pages()[path], "utf-8")
    return 1 if check and stale else 0


def pages() -> dict[Path, str]:
    """Make the pages, by their paths."""
    return {PAGES / "cli.md": cli(), PAGES / "configuration.md": configuration()}


def cli() -> str:
    """Describe every command with its arguments and options."""
    group: Any = typer.main.get_command(app)
    parts = [MADE, "# Command line\n", f"{_paragraphs(app.info.help)}\n"]
    for name in sorted(group.commands):
        parts.append(_command(name, group.commands[name]))
    return "\n".join(parts)


def _command(name: str, command: Any) -> str:
    text, _, examples = inspect.cleandoc(command.callback.__doc__).partition("Example")
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [
        p for p in command.params if p.param_type_name == "option" and p.name != "help" and not p.hidden
    ]
    types = get_type_hints(command.callback)
    usage = " ".join(["graders", name, *(["[OPTIONS]"] if options else []), *map(_metavar, arguments)])
    parts = [f"## graders {name}\n", f"```sh\n{usage}\n```\n", f"{_paragraphs(text)}\n"]
    if arguments:
        parts.append(_table(("Argument", ""), ((f"`{_metavar(a)}`", a.help or "") for a in arguments)))
    if options:
        parts.append(_table(("Option", ""), ((_option(o, types[o.name]), _help(o)) for o in options)))
    lines = [line.strip() for line in examples.splitlines() if line.strip().startswith("graders")]
    if lines:
        parts.append("```sh\n" + "\n".join(lines) + "\n```\n")
    return "\n".join(parts)


def _metavar(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())


def _option(option: Any, annotation: object) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return names if option.is_flag else f"{names} `{option.metavar or _kind(annotation)}`"


def _kind(annotation: object) -> str:
    """What an option takes, in a word."""
    words = {"Path": "PATH", "int": "NUMBER", "float": "NUMBER"}
    return next((word for name, word in words.items() if name in str(annotation)), "TEXT")


def _help(option: Any) -> str:
    shown = option.show_default and not option.is_flag and option.default not in (None, (), [], "")
    text = option.help or ""
    return f"{text} Default: `{option.default}`." if shown else text


def configuration() -> str:
    """Describe every setting of the plug-ins."""
    parts = [
        MADE,
        "# Configuration\n",
        "Settings of the plug-ins, for `nbgrader_config.py`, as `c.CLASS.SETTING = VALUE`. On nbgrader's "
        "command line they are `--CLASS.SETTING=VALUE`. [nbgrader's own](https://nbgrader.readthedocs.io/en/stable/"
        "configuration/config_options.html) work as before.\n",
    ]
    for found in sorted(set(configurables()), key=lambda c: c.__name__):
        traits = own_traits(found)
        if traits:
            parts.append(f"## {found.__name__}\n")
            parts.append(f"{_paragraphs((found.__doc__ or '').strip())}\n")
            rows = (
                (f"`{name}`", _default(trait, found), _text(trait.help)) for name, trait in traits.items()
            )
            parts.append(_table(("Setting", "Default", ""), rows))
    return "\n".join(parts)


def configurables() -> Iterator[type[Configurable]]:
    """Find the configurable classes of the plug-ins that somebody would name."""
    for module in _modules():
        for _, found in inspect.getmembers(module, inspect.isclass):
            ours = issubclass(found, Configurable) and found.__module__.startswith("graders.")
            if ours and found is not LmsExportPlugin:
                yield found


def _modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        yield package
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(info.name)


def own_traits(found: type[Configurable]) -> dict[str, TraitType[Any, Any]]:
    """The settings that classes of this project define, in the order in which they are written."""
    own: dict[str, TraitType[Any, Any]] = {}
    for base in found.__mro__:
        if base.__module__.startswith("graders."):
            traits = found.class_traits(config=True)
            own |= {name: traits[name] for name in vars(base) if name in traits and name not in own}
    return own


def _default(trait: TraitType[Any, Any], owner: type[Configurable]) -> str:
    value = getattr(owner(), trait.name or "")
    return "" if value in (None, "", Undefined, {}, [], set()) else f"`{value!r}`"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")


def _text(text: object) -> str:
    return re.sub(r"\s+", " ", str(text or "")).strip()


def _paragraphs(text: object) -> str:
    """Paragraphs of a docstring, each on one line."""
    parts = re.split(r"\n\s*\n", inspect.cleandoc(str(text or "")))
    return "\n\n".join(_text(part) for part in parts if part.strip())


if __name__ == "__main__":
    sys.exit(main())
