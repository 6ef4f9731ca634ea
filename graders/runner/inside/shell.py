"""The IPython shell that is made once in the zygote, and forked with it."""

from __future__ import annotations

import os
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from IPython.core.async_helpers import get_asyncio_loop
from IPython.core.compilerop import CachingCompiler
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

MIME_TYPE = "application/vnd.tinystack.evidence"
"""What is published under this type is evidence; the same name as in `tinystack/lab/evidence.py`."""

MAX_EVIDENCE_CHARS = 300_000
"""Longest evidence text handed on: over the 256 KiB that a judge accepts, so that a cut one is refused."""

MAX_EVIDENCE_TEXTS = 4
"""An experiment publishes once. A few more are handed on, so that the judge sees that there are several."""


class EvidencePublisher(DisplayPublisher):
    """Keeps evidence instead of printing it; shows everything else as IPython does."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]
        self._texts: list[str] = []

    def publish(self, data: Any, *args: Any, **options: Any) -> None:
        """Stand in for IPython's own: note evidence, print the plain text of the rest."""
        if isinstance(data, dict) and isinstance(data.get(MIME_TYPE), str):
            self._texts.append(data[MIME_TYPE][:MAX_EVIDENCE_CHARS])
            del self._texts[MAX_EVIDENCE_TEXTS:]
        else:
            super().publish(data, *args, **options)

    def take(self) -> list[str]:
        """Return what was published since the last call, and forget it."""
        texts, self._texts = self._texts, []
        return texts


class NamedCompiler(CachingCompiler):
    """Compiles code under a file name set beforehand, so that a traceback says which cell a line is of."""

    name = "<unnamed>"

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """Stand in for IPython's own, which makes the name from a counter and a hash."""
        return self.name

    def format_code_name(self, name: str) -> None:
        """Let tracebacks show file names as they are; IPython would count its own executions."""
        return None


class StudentShell(InteractiveShell):
    """A shell without history, colours or questions."""

    display_pub_class = Type(EvidencePublisher)
    compiler_class = Type(NamedCompiler)

    @property
    def publisher(self) -> EvidencePublisher:
        """The display publisher, by its type."""
        assert isinstance(self.display_pub, EvidencePublisher)
        return self.display_pub

    @property
    def compiler(self) -> NamedCompiler:
        """The compiler, by its type."""
        assert isinstance(self.compile, NamedCompiler)
        return self.compile

    def execute(self, code: str, store_history: bool) -> Any:
        """Run one cell, and return IPython's ExecutionResult. store_history: add it to `In` and `Out`."""
        return self.run_cell(code, store_history=store_history)  # type: ignore[no-untyped-call]

    def ask_exit(self) -> None:
        """`exit()` in a cell ends nothing; without this method it would be an AttributeError."""

    def enable_gui(self, gui: Any = None) -> None:
        """There is no screen here, so there is no event loop to enable."""


def make_shell() -> StudentShell:
    """Make the process's shell; run cells in it, so that what IPython imports late is there before a fork."""
    config = Config()
    config.HistoryManager.enabled = False  # it would open a database, and start a thread
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Plain"  # the context of every frame would cost some 50 ms per traceback
    shell: StudentShell = StudentShell.instance(config=config)
    _warm_up(shell)
    shell.reset(new_session=True)  # type: ignore[no-untyped-call]
    return shell


def _warm_up(shell: StudentShell) -> None:
    with open(os.devnull, "w") as nothing, redirect_stdout(nothing), redirect_stderr(nothing):
        shell.execute("import asyncio\nawait asyncio.sleep(0)", store_history=False)
        shell.execute("0 / 0", store_history=False)
    get_asyncio_loop().close()  # type: ignore[no-untyped-call]  # its descriptors must not be shared by all children
