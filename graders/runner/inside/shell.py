"""The IPython shell that is made once in the zygote, and forked with it."""

from __future__ import annotations

from typing import Any

from IPython.core import page
from IPython.core.compilerop import CachingCompiler
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from traitlets import Instance, Type
from traitlets.config import Config

from .display import StudentHook, StudentPublisher
from .errors import cell_of
from .recorder import Recorder
from .syntax import QuickTransformer


class NamedCompiler(CachingCompiler):
    """Compiles code under a file name set beforehand, so that a traceback says which cell a line is of."""

    name = "<unnamed>"

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """Stand in for IPython's own, which makes the name from a counter and a hash."""
        return self.name

    def format_code_name(self, name: str) -> tuple[str, str] | None:
        """Let tracebacks name a cell as in a kernel, by its execution count, and any other file as it is."""
        return super().format_code_name(name) if cell_of(name) is not None else None


class BareProfile(ProfileDir):
    """A place for what `%store` keeps, without the folders that only other programs use."""

    def check_dirs(self) -> None:
        """Make none of them."""


class StudentShell(InteractiveShell):
    """A shell without history, colours or questions. recorder: where what is shown goes, in a rich job."""

    display_pub_class = Type(StudentPublisher)
    displayhook_class = Type(StudentHook)
    compiler_class = Type(NamedCompiler)
    input_transformer_manager = Instance(QuickTransformer, ())
    recorder: Recorder | None = None

    @property
    def publisher(self) -> StudentPublisher:
        """The display publisher, by its type."""
        assert isinstance(self.display_pub, StudentPublisher)
        return self.display_pub

    @property
    def hook(self) -> StudentHook:
        """The display hook, by its type."""
        assert isinstance(self.displayhook, StudentHook)
        return self.displayhook

    @property
    def compiler(self) -> NamedCompiler:
        """The compiler, by its type."""
        assert isinstance(self.compile, NamedCompiler)
        return self.compile

    def execute(self, code: str, store_history: bool) -> Any:
        """Run one cell, and return IPython's ExecutionResult. store_history: add it to `In` and `Out`."""
        return self.run_cell(code, store_history=store_history)  # type: ignore[no-untyped-call]

    def keep_values_below(self, folder: str) -> None:
        """Let `%store` keep its values there."""
        if self.profile_dir is None or self.profile_dir.location != folder:
            self.profile_dir = BareProfile(location=folder)

    def format_tracebacks(self, *, like_a_kernel: bool) -> None:
        """Choose how tracebacks look: as a kernel's, with lines around each frame, or plain, and faster."""
        self.InteractiveTB.set_mode("Context" if like_a_kernel else "Plain")
        self.colors = "neutral" if like_a_kernel else "nocolor"

    def ask_exit(self) -> None:
        """`exit()` in a cell ends nothing; without this method it would be an AttributeError."""

    def enable_gui(self, gui: Any = None) -> None:
        """There is no screen here, so there is no event loop to enable."""

    def set_next_input(self, s: str, replace: bool = False) -> None:
        """There is nobody to be offered the next cell, as `%load` would."""

    def init_hooks(self) -> None:
        """There is no pager either: what `len?` tells is in no notebook."""
        super().init_hooks()  # type: ignore[no-untyped-call]
        self.set_hook("show_in_pager", page.as_hook(_no_pager), 99)  # type: ignore[no-untyped-call]

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        """Record a traceback, or print it."""
        if self.recorder is None:
            super()._showtraceback(etype, evalue, stb)
        else:
            self.recorder.error(str(etype.__name__), str(evalue), stb)

    def _format_exception_for_storage(self, *args: Any, **options: Any) -> list[str]:
        """IPython would make each traceback a second time, for a history that is not kept."""
        return []


def _no_pager(*args: Any, **options: Any) -> None:
    """Show nothing."""


def make_shell() -> StudentShell:
    """Make the process's shell. What IPython imports late is not there yet, see `warming`."""
    config = Config()
    config.HistoryManager.enabled = False  # it would open a database, and start a thread
    shell: StudentShell = StudentShell.instance(config=config)
    return shell
