"""What every job does is done some times in the zygote first, so that a job finds it imported and in use.

The interpreter makes code faster that has run a few times, and keeps that for the children.
"""

from __future__ import annotations

import builtins
import getpass
import os
import sys
from contextlib import redirect_stderr, redirect_stdout

from IPython.core.async_helpers import get_asyncio_loop

from . import figures
from .channel import Channel
from .rich import RichSession
from .shell import StudentShell
from .tokens import share_token_rules

ROUNDS = 10
"""The interpreter specializes code that has run eight times (PEP 659)."""

CELL = """
import numpy as np

class Thing:
    \"\"\"A class as any.\"\"\"

    def __init__(self, first, second=1):
        self.items = [item for item in (first, second) if item > 0]

    @property
    def doubled(self):
        return {number: 2 * item for number, item in enumerate(self.items)}

thing = Thing(1)
print(thing.doubled, np.arange(4.0) / 3)
len(thing.items)
"""

FAILING = "1 / 0"

AWAITING = "import asyncio\nawait asyncio.sleep(0)"


def warm_up(shell: StudentShell) -> None:
    """Run cells in the shell, as a plain job and as a rich one, draw a figure, and forget it all again."""
    share_token_rules()
    streams, questions = (sys.stdout, sys.stderr), (builtins.input, getpass.getpass)
    with open(os.devnull, "w") as nothing, redirect_stdout(nothing), redirect_stderr(nothing):
        figures.warm_up(shell)
        shell.format_tracebacks(like_a_kernel=False)
        for code in (AWAITING, FAILING):
            shell.execute(code, store_history=False)
        get_asyncio_loop().close()  # type: ignore[no-untyped-call]  # its descriptors are for no child
        _run_rich_cells(shell, os.open(os.devnull, os.O_WRONLY))
    sys.stdout, sys.stderr = streams
    builtins.input, getpass.getpass = questions
    shell.recorder = shell.publisher.recorder = shell.hook.recorder = None
    for name in ("last_type", "last_value", "last_traceback"):
        vars(sys).pop(name, None)
    shell.reset(new_session=True)  # type: ignore[no-untyped-call]
    shell.hook.flush()  # type: ignore[no-untyped-call]  # which gives a fresh session its `_` and `__`


def _run_rich_cells(shell: StudentShell, nowhere: int) -> None:
    rich = RichSession(shell, {"output_bytes": len(CELL) * 100}, Channel(nowhere, nowhere, b""))
    try:
        for number in range(ROUNDS):
            rich.begin_step(number)
            shell.compiler.name = f"<warming {number}>"
            rich.run_cell(CELL)
            rich.end_step()
        for code in (AWAITING, FAILING):
            rich.run_cell(code)
    finally:
        rich.close()
        os.close(nowhere)
