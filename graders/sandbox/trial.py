"""A sandbox on trial: a program in it tries to get out, and this side knows what must not happen.

For `graders doctor`. What runs at each start is `machine.missing`, and a rehearsal in the zygote.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graders.runner import Job, Limits, Result, Runner, RunnerError
from graders.sandbox import machine
from graders.sandbox.machine import Finding
from graders.sandbox.policy import SandboxError

LIMITS = Limits(step_seconds=20.0, job_seconds=60.0, scratch_bytes=8 << 20)

LAB = """
from IPython.core.getipython import get_ipython

def emit(text):
    get_ipython().display_pub.publish(data={"application/vnd.tinystack.evidence": text, "text/plain": ""})
"""

ATTEMPTS = """
import ctypes, json, os, socket
from tinystack.lab import emit

def outcome(action):
    try:
        return f"it succeeded: {action()!r}"[:200]
    except OSError as error:
        return None

def read(path):
    with open(path, "rb", 0) as file:
        return file.read(100)

def write(path):
    with open(path, "wb", 0) as file:
        return file.write(b"1")

def fill():
    with open("/tmp/tmp/filled", "wb", 0) as file:
        return sum(file.write(bytes(1 << 20)) for _ in range(16))

def namespace():
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
        raise OSError("refused")

def others():
    own = ("1", str(os.getpid()))
    found = [name for name in os.listdir("/proc") if name.isdigit() and name not in own]
    if not found:
        raise OSError("none")
    return found

emit(json.dumps({
    "read": outcome(lambda: read(CANARY)),
    "write": outcome(lambda: write("/assignment/new")),
    "connect": outcome(lambda: socket.create_connection(("127.0.0.1", PORT), 2)),
    "see": outcome(others),
    "signal": outcome(lambda: os.kill(OUTER, 0)),
    "namespace": outcome(namespace),
    "fill": outcome(fill),
}))
"""

CLAIMS = {
    "read": "a file of this account cannot be read",
    "write": "nothing but its scratch can be written",
    "connect": "there is no network",
    "see": "no other process is seen",
    "signal": "no other process can be signalled",
    "namespace": "no namespace can be made",
    "fill": "its scratch is limited",
}

REMEDY = "report this with the versions of Linux and bubblewrap, and do not grade on this machine"


def findings() -> list[Finding]:
    """Return what this machine has and lacks, and where nothing is missing, how the sandbox has held."""
    found = machine.findings()
    return found if any(not finding.holds for finding in found) else [*found, *trial()]


def trial() -> list[Finding]:
    """Start a sandbox and try to get out of it, in about two seconds."""
    with tempfile.TemporaryDirectory(prefix="graders-trial-") as folder:
        try:
            seen = _attempts(Path(folder))
        except (SandboxError, RunnerError) as error:
            remedy = (
                "see what is said about it; where a security module forbids it, allow it for this program"
            )
            return [Finding("a sandbox", False, f"it does not start: {error}", remedy)]
    return [_finding(name, seen) for name in CLAIMS]


def _attempts(folder: Path) -> Mapping[str, Any]:
    """Let a program try everything; return what came of it. Raises SandboxError, RunnerError."""
    canary = folder / "canary"
    canary.write_text(secrets.token_hex(8))
    canary.chmod(0o644)
    lab = folder / "assignment" / "tinystack" / "lab.py"
    lab.parent.mkdir(parents=True)
    lab.write_text(LAB)
    lab.with_name("__init__.py").touch()
    with socket.create_server(("127.0.0.1", 0)) as server, Runner(folder / "assignment", LIMITS) as runner:
        values = {"CANARY": str(canary), "PORT": server.getsockname()[1], "OUTER": os.getpid()}
        settings = "".join(f"{name} = {value!r}\n" for name, value in values.items())
        return _answer(runner.run(Job((), (("attempts", settings + ATTEMPTS),), "trial")))


def _answer(result: Result) -> Mapping[str, Any]:
    texts, ending = result.evidence["attempts"], result.endings["attempts"]
    answer = json.loads(texts[0]) if texts else None
    if not isinstance(answer, dict):
        raise RunnerError(
            f"the program on trial has not answered: {ending.how} {ending.text}\n{result.output}"
        )
    return answer


def _finding(name: str, seen: Mapping[str, Any]) -> Finding:
    told = seen.get(name, "nothing was told about it")
    return Finding(
        CLAIMS[name], told is None, "it holds" if told is None else str(told), "" if told is None else REMEDY
    )
