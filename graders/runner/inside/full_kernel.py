"""A rich job in a Jupyter kernel of its own, for notebooks that need one: widgets, or another language."""

from __future__ import annotations

import os
import sys
from queue import Empty
from subprocess import DEVNULL
from typing import Any

from .channel import Channel
from .checks import MAX_EVIDENCE_CHARS, MAX_EVIDENCE_TEXTS
from .errors import clean
from .events import EVIDENCE_TYPE, LOST_STATUS
from .frames import Frame
from .recorder import Recorder

POLL_SECONDS = 0.5
"""How often a kernel that says nothing is looked after."""


def run_in_kernel(job: Frame, channel: Channel) -> None:
    """Run every step of a job in order, each as a cell of a kernel. An error ends its own step alone."""
    recorder = Recorder(channel, job["limits"]["output_bytes"])
    kernel = _Kernel(job["kernel"], job["limits"]["step_seconds"], recorder)
    for number, (is_experiment, position, _) in enumerate(job["order"]):
        _, code = job["experiments" if is_experiment else "cells"][position]
        recorder.begin_step()
        channel.begin(number)
        error, evidence = kernel.run(code)
        recorder.flush()
        channel.done(number, error, evidence)
    channel.finished()


class _Kernel:
    """A running kernel; what it shows goes to the recorder. It is spoken to without a network."""

    def __init__(self, name: str, seconds: float, recorder: Recorder) -> None:
        from jupyter_client.manager import KernelManager  # takes long, and few jobs need it

        self._recorder = recorder
        self._manager = KernelManager(
            kernel_name=name, transport="ipc", ip=os.path.join(os.environ["TMPDIR"], "kernel")
        )
        own = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}  # a kernel sets it
        own["PYTHONPATH"] = os.path.dirname(os.path.dirname(sys.modules["tinystack"].__file__ or ""))
        self._manager.start_kernel(env=own, cwd=os.getcwd(), stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
        self._client = self._manager.blocking_client()
        self._client.start_channels(stdin=False, hb=False, control=True)
        self._client.wait_for_ready(timeout=seconds)

    def run(self, code: str) -> tuple[Frame | None, list[str]]:
        """Run code as a cell; return the error that ended it, and the evidence that it published."""
        if not code.strip():
            return None, []
        request = self._client.execute(code, store_history=True, allow_stdin=False, stop_on_error=False)
        error, evidence = None, []
        while (message := self._next(request)) is not None:
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            if kind == "error":
                error = _error(content)
            if EVIDENCE_TYPE in (content.get("data") or {}):
                evidence.append(clean(str(content["data"][EVIDENCE_TYPE]), MAX_EVIDENCE_CHARS))
                continue
            self._record(kind, content)
        return error, evidence[:MAX_EVIDENCE_TEXTS]

    def _next(self, request: str) -> Any:
        """Wait for the next message that answers a request; an interrupt is handed on to the kernel."""
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=POLL_SECONDS)
            except Empty:
                if not self._manager.is_alive():
                    os._exit(LOST_STATUS)
            except KeyboardInterrupt:
                self._manager.interrupt_kernel()
            else:
                if message["parent_header"].get("msg_id") == request:
                    return message

    def _record(self, kind: str, content: Any) -> None:
        match kind:
            case "stream":
                self._recorder.write(content["name"], content["text"])
            case "display_data" | "update_display_data":
                known = (content.get("transient") or {}).get("display_id")
                update = kind == "update_display_data"
                self._recorder.display(content["data"], content["metadata"], known, update)
            case "execute_result":
                self._recorder.display(content["data"], content["metadata"], result=True)
            case "error":
                self._recorder.error(content["ename"], content["evalue"], content["traceback"])
            case "clear_output":
                self._recorder.clear(content["wait"])


def _error(content: Any) -> Frame:
    texts = {"type": clean(content["ename"]), "message": clean(content["evalue"])}
    return {**texts, "line": None, "cell": None, "function": ""}
