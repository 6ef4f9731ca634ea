"""The mapping of module names, as it is written on the command line or in a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from graders.suite_audit.records import SuiteError

MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")

SERVED = ("tinytorch", "tinystack")
"""Packages whose modules can stand for others."""


def parse_names(given: Sequence[str]) -> dict[str, str]:
    """Read OLD=NEW, each a dotted module name; anything without `=` is a file with one such line each.

    Raises:
        SuiteError: a pair is not of this form, names no module that is served, or the file cannot be read.
    """
    return dict(_pair(text) for text in _texts(given))


def _texts(given: Iterable[str]) -> Iterator[str]:
    for text in given:
        if "=" in text:
            yield text
            continue
        try:
            lines = Path(text).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SuiteError(
                f"--names {text}: neither OLD=NEW nor a file that can be read: {error}"
            ) from None
        yield from (line for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _pair(text: str) -> tuple[str, str]:
    old, _, new = (part.strip() for part in text.partition("="))
    if not MODULE.fullmatch(old) or not MODULE.fullmatch(new):
        raise SuiteError(
            f"--names {text!r}: write OLD=NEW with two dotted module names, "
            "such as nn.train=tinytorch.core.training"
        )
    if new.partition(".")[0] not in SERVED:
        raise SuiteError(
            f"--names {text!r}: {new} is none of the modules that are served: "
            f"name one of {' or '.join(SERVED)}"
        )
    return old, new
