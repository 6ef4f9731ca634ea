"""A rich job: the shell behaves as a kernel does, and what it shows is recorded."""

from __future__ import annotations

import asyncio
import builtins
import getpass
import sys
from typing import Any, NoReturn

from IPython.core.error import StdinNotImplementedError

from .channel import Channel
from .errors import describe
from .figures import draw_inline
from .frames import Frame
from .recorder import Recorder
from .shell import StudentShell
from .streams import OutputStream

NO_INPUT = "{} was called, but this frontend does not support input requests."


class RichSession:
    """Runs cells as a kernel does: in a running event loop, with figures shown at the end of each."""

    def __init__(self, shell: StudentShell, limits: Frame, channel: Channel) -> None:
        self._shell = shell
        self._recorder = Recorder(channel, limits["output_bytes"])
        self._streams = tuple(
            OutputStream(name, descriptor, self._recorder.write, self._recorder.flush)
            for descriptor, name in ((1, "stdout"), (2, "stderr"))
        )
        shell.recorder = shell.publisher.recorder = shell.hook.recorder = self._recorder
        shell.format_tracebacks(like_a_kernel=True)
        sys.stdout, sys.stderr = self._streams
        builtins.input, getpass.getpass = _no_input, _no_getpass
        draw_inline(shell)
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)

    def close(self) -> None:
        """End the event loop, whose descriptors a child must not share."""
        asyncio.set_event_loop(None)
        self._loop.close()

    def begin_step(self, count: int | None) -> None:
        """A step begins; `count` is what a kernel would call its cell, None for one that it would not run."""
        self._recorder.begin_step()
        if count is not None:
            self._shell.execution_count = count

    def end_step(self) -> None:
        """Hand on what the step has shown."""
        self._recorder.flush()

    def run_cell(self, code: str) -> Any:
        """Run one cell, and return IPython's ExecutionResult."""
        task = self._loop.create_task(self._run(code))
        try:
            return self._loop.run_until_complete(task)
        except KeyboardInterrupt:  # while the loop was waiting: as in a kernel, the cell is cancelled
            task.cancel()
            return self._loop.run_until_complete(task)

    async def _run(self, code: str) -> Any:
        shell, fault, result = self._shell, None, None
        try:
            transformed = shell.transform_cell(code)  # type: ignore[no-untyped-call]
        except Exception:
            transformed, fault = code, sys.exc_info()
        try:
            result = await shell.run_cell_async(
                code, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=fault
            )
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        return result

    def show_error(self, error: BaseException) -> None:
        """Show an error of an experiment: without its traceback, which is of code that nobody should see."""
        known = describe(error)
        text = f"{known['type']}: {known['message']}"
        self._recorder.error(known["type"], known["message"], [text])


def _no_input(prompt: Any = "", /) -> NoReturn:
    """Say what a kernel says where nobody can answer."""
    raise StdinNotImplementedError(NO_INPUT.format("raw_input"))


def _no_getpass(prompt: str = "", stream: Any = None) -> NoReturn:
    """The same for passwords."""
    raise StdinNotImplementedError(NO_INPUT.format("getpass"))
