"""Figures: matplotlib draws them at the end of a cell, as in a kernel."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from IPython.core.interactiveshell import InteractiveShell

INLINE_BACKEND = "matplotlib_inline.backend_inline"

IMAGES = ("image/", "application/pdf")

_ready: set[int] = set()
"""Shells that are set up, by their identity, which a fork keeps."""


def draw_inline(shell: InteractiveShell) -> None:
    """Let matplotlib draw as in a kernel, whether it is imported already or will be."""
    os.environ["MPLBACKEND"] = f"module://{INLINE_BACKEND}"
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is None or id(shell) in _ready:
        return
    matplotlib.rcParams["backend"] = f"module://{INLINE_BACKEND}"
    backend = importlib.import_module(INLINE_BACKEND)
    backend.configure_inline_support(shell, f"module://{INLINE_BACKEND}")
    _ready.add(id(shell))


@contextmanager
def undrawn(shell: InteractiveShell) -> Iterator[None]:
    """Within, a figure that is shown is named, and not drawn.

    Nobody looks at what a trainer plots in an experiment, and drawing would use up the time that it has.
    """
    formatters = getattr(shell.display_formatter, "formatters", {})
    drawing = [one for kind, one in formatters.items() if kind.startswith(IMAGES) and one.enabled]
    for formatter in drawing:
        formatter.enabled = False
    try:
        yield
    finally:
        for formatter in drawing:
            formatter.enabled = True


def warm_up(shell: InteractiveShell) -> None:
    """Where matplotlib is imported already, set it up and draw once: fonts and much else are then there."""
    if "matplotlib.pyplot" not in sys.modules:
        return
    draw_inline(shell)
    pyplot = sys.modules["matplotlib.pyplot"]
    pyplot.plot([0, 1])
    pyplot.xlabel("0")
    pyplot.savefig(io.BytesIO(), bbox_inches="tight")
    pyplot.close("all")
    _forget_fonts()


def _forget_fonts() -> None:
    """Do once what matplotlib otherwise does in each forked process: open fonts must not be shared."""
    clear = getattr(getattr(sys.modules["matplotlib.font_manager"], "_get_font", None), "cache_clear", None)
    if clear is not None:
        clear()
