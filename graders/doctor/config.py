"""nbgrader_config.py: does it load, does every name in it mean anything, are the plug-ins set."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from traitlets.config import Config
from traitlets.config.configurable import Configurable

from graders.course import CONFIG, Course
from graders.doctor.findings import Finding, ok, problem, warning

MODULES = (
    "nbgrader.apps",
    "nbgrader.apps.autogradeapp",
    "nbgrader.auth",
    "nbgrader.converters",
    "nbgrader.exchange.default",
    "nbgrader.plugins",
    "nbgrader.preprocessors",
    "nbgrader.server_extensions.formgrader.formgrader",
    "nbgrader.validator",
    "nbconvert.exporters",
    "nbconvert.preprocessors",
    "graders.nbgrader_plugins.configuration",
)
"""Modules whose classes an nbgrader_config.py can set up."""

PLUG_INS = {
    "Autograde": ("exporter_class", "sanitize_preprocessors", "autograde_preprocessors"),
    "GenerateFeedback": ("preprocessors",),
}
"""What `configure` sets."""


def load(course: Course) -> tuple[Config | None, list[Finding]]:
    """Load a course's configuration; where it fails, the finding says why."""
    try:
        config = course.config()
    except Exception as error:  # the file is a program, which can fail in any way
        place = f"{course.root / CONFIG}"
        return None, [
            problem(
                "config", f"{place} fails: {type(error).__name__}: {error}", "mend it: it is plain Python"
            )
        ]
    return config, [ok("config", f"{course.root / CONFIG} loads"), *_plug_ins(config), *unknown(config)]


def missing_plug_ins(config: Config) -> list[str]:
    """Return the settings that hold none of our plug-ins, such as `Autograde.exporter_class`."""
    return [
        f"{section}.{name}"
        for section, names in PLUG_INS.items()
        for name in names
        if "graders." not in _modules(config, section, name)
    ]


def _plug_ins(config: Config) -> Iterator[Finding]:
    missing = missing_plug_ins(config)
    if missing:
        yield problem(
            "config",
            f"the plug-ins are not set: {', '.join(missing)}",
            "run `graders init` here, or call `configure(c)` at the end, after all that sets these lists",
        )
    else:
        yield ok("config", "the plug-ins are set")


def _modules(config: Config, section: str, name: str) -> str:
    """Where the classes in a setting come from, as text."""
    value: Any = config[section].get(name, ()) if section in config else ()
    items = value if isinstance(value, list | tuple) else [value]
    return " ".join(
        item if isinstance(item, str) else getattr(item, "__module__", "") + "." for item in items
    )


def unknown(config: Config) -> Iterator[Finding]:
    """Look for classes and settings that nobody reads: nbgrader says nothing of a misspelt name."""
    known = _known()
    for section, settings in config.items():
        if not isinstance(settings, Config) or not settings:
            continue
        if section not in known:
            yield warning(
                "config",
                f"c.{section} sets up no class of nbgrader or its plug-ins, and may do nothing",
                _instead(section, known, "delete it if nothing else reads it"),
            )
            continue
        for name in settings:
            if name not in known[section]:
                yield problem(
                    "config",
                    f"c.{section}.{name} is no setting, and does nothing",
                    _instead(name, known[section], f"see `nbgrader --help-all` for those of {section}"),
                )


def _instead(name: str, known: Mapping[str, object] | frozenset[str], otherwise: str) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else otherwise


def _known() -> dict[str, frozenset[str]]:
    """The settings of every class that can be set up, by its name."""
    for module in MODULES:
        importlib.import_module(module)
    found: dict[str, frozenset[str]] = {}
    waiting: list[type[Configurable]] = [Configurable]
    while waiting:
        cls = waiting.pop()
        waiting.extend(cls.__subclasses__())
        found[cls.__name__] = found.get(cls.__name__, frozenset()) | set(cls.class_trait_names(config=True))
    return found
