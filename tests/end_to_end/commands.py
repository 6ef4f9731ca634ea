"""Commands of `graders` that tests start many times, kill, and watch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.end_to_end.conftest import own_environment

SERVER = Path(__file__).with_name("serve_commands.py")
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """A command that has ended: its exit status, minus a signal where one ended it, and what it printed."""

    status: int
    printed: str


class Command:
    """A running command, with a session of its own."""

    def __init__(self, server: Server, process: int, output: Path) -> None:
        self.process = process
        self.output = output
        self._server = server

    def kill(self) -> None:
        """End its first process alone, in the way that nothing can be done about."""
        os.kill(self.process, signal.SIGKILL)

    def interrupt(self) -> None:
        """Do what Ctrl-C in a terminal does: the signal goes to all processes of the session."""
        os.killpg(self.process, signal.SIGINT)

    def wait(self) -> Done:
        """Wait for its end."""
        status = self._server.ask(do="wait", process=self.process)
        return Done(status, self.output.read_text("utf-8", "replace"))

    def workers(self) -> list[int]:
        """The processes that it has started itself, and that still run."""
        return children(self.process)


class Server:
    """Starts commands. Their temporary files go into `temporary`, by which their processes are known too."""

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary
        self._count = 0
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=own_environment() | {"PYTHONPATH": str(REPOSITORY), "TMPDIR": str(temporary)},
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def ask(self, **request: object) -> int:
        """Send a request and return the answer."""
        assert self._process.stdin and self._process.stdout
        print(json.dumps(request), file=self._process.stdin, flush=True)
        answer: int = json.loads(self._process.stdout.readline())
        return answer

    def start(
        self,
        folder: Path,
        *arguments: str,
        terminal: str | None = None,
        environment: Mapping[str, str] | None = None,
        busy_seconds: float | None = None,
    ) -> Command:
        """Start `graders ARGUMENTS` in a folder, without a terminal or with one as its streams.

        busy_seconds: how long it waits for a locked gradebook, if not as long as it usually does.
        """
        self._count += 1
        output = self.temporary.with_name(f"{self.temporary.name}-printed-{self._count}.txt")
        output.touch()
        own = own_environment() | {"TMPDIR": str(self.temporary)} | dict(environment or {})
        process = self.ask(
            do="start",
            folder=str(folder),
            arguments=arguments,
            terminal=terminal,
            environment=own,
            output=str(output),
            busy_seconds=busy_seconds,
        )
        return Command(self, process, output)

    def run(
        self,
        folder: Path,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        busy_seconds: float | None = None,
    ) -> Done:
        """Run `graders ARGUMENTS` in a folder, to its end; see `start`."""
        return self.start(folder, *arguments, environment=environment, busy_seconds=busy_seconds).wait()

    def left(self, seconds: float = 10.0) -> list[str]:
        """What commands have left: their processes, which get some time to go, and temporary files."""
        deadline = time.monotonic() + seconds
        while (found := list(self._processes())) and time.monotonic() < deadline:
            time.sleep(0.05)
        return [*found, *(str(path) for path in self.temporary.iterdir())]

    def _processes(self) -> Iterator[str]:
        """Processes that know of the folder: by environment, arguments, or what they see of it."""
        mark = str(self.temporary).encode()  # the whole path: tests side by side have the same names
        for folder in Path("/proc").glob("[0-9]*"):
            if int(folder.name) == self._process.pid:
                continue
            try:
                known = [(folder / name).read_bytes() for name in ("environ", "cmdline", "mountinfo")]
            except OSError:  # it has ended, or is somebody else's
                continue
            if any(mark in text for text in known):
                yield f"process {folder.name}: {known[1].decode('utf-8', 'replace')[:200]}"


def children(process: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found
