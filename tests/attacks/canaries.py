"""Secrets laid out around a course, and listeners that nobody may reach: what an attack would find."""

from __future__ import annotations

import contextlib
import re
import secrets
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

PREFIX = "canary"


class Canaries:
    """Secret strings by place, a process with one in its command line, and open ports that note who comes."""

    def __init__(self, stamp: str = "") -> None:
        """Open the ports. stamp: what all secrets have in common; drawn, where none is given."""
        self._stamp = stamp or secrets.token_hex(6)
        self.connections: list[str] = []
        self._sockets = {
            "tcp": self._open(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            "udp": self._open(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            "unix": self._open(socket.AF_UNIX, socket.SOCK_STREAM, f"\0canary-{self._stamp}"),
        }
        for name, one in self._sockets.items():
            threading.Thread(target=self._listen, args=(name, one), daemon=True).start()
        wait = "import sys; sys.stdin.read()"
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", wait, self.secret("process")],
            stdin=subprocess.PIPE,
            env={"SECRET": self.secret("process_environment")},
        )

    def secret(self, place: str) -> str:
        """Return the secret string of a place."""
        return f"{PREFIX}-{self._stamp}-{place}"

    def found_in(self, text: str) -> set[str]:
        """Return the places whose secret is in a text."""
        return set(re.findall(rf"{PREFIX}-{self._stamp}-([a-z_]+)", text))

    def places(self) -> dict[str, str]:
        """Return what an attack's code is told of ports and processes."""
        return {
            "TCP": str(self._sockets["tcp"].getsockname()[1]),
            "UDP": str(self._sockets["udp"].getsockname()[1]),
            "UNIX": f"canary-{self._stamp}",
            "PID": str(self.process.pid),
        }

    def lay(self, course: Path, home: Path) -> None:
        """Write secrets into files of a course and of a home directory."""
        (course / "grades_of_last_year.csv").write_text(f"ada,{self.secret('course')}\n")
        (course / "source" / "exam").mkdir(parents=True)
        (course / "source" / "exam" / "answers.txt").write_text(self.secret("source"))
        (home / ".ssh").mkdir(parents=True)
        (home / ".ssh" / "id_ed25519").write_text(self.secret("home"))
        (home / "notes.txt").write_text(self.secret("home_notes"))

    def _open(self, family: int, kind: int, address: object) -> socket.socket:
        made = socket.socket(family, kind)
        made.bind(address)
        if kind == socket.SOCK_STREAM:
            made.listen()
        return made

    def _listen(self, name: str, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it is closed at the end
            while True:
                if listener.type == socket.SOCK_DGRAM:
                    self.connections.append(f"{name} {listener.recv(200)!r}")
                else:
                    connection, _ = listener.accept()
                    with connection:
                        connection.settimeout(1)
                        self.connections.append(f"{name} {connection.recv(200)!r}")

    def __enter__(self) -> Canaries:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._sockets.values():
            with contextlib.suppress(OSError):  # an unconnected socket; this wakes who listens
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.process.kill()
        self.process.communicate()
