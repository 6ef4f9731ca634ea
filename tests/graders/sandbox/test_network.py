"""There is no network: not to the world, not to this machine, not to another job."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from graders.runner import Result

Run = Callable[..., Result]
Said = Callable[[Result], Any]
TryAll = Callable[..., dict[str, str]]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def test_a_listener_on_this_machine_is_not_reached(try_all: TryAll, listener: socket.socket) -> None:
    address = listener.getsockname()
    found = try_all(
        "import socket, urllib.request",
        connect=f"socket.create_connection({address!r}, 2)",
        udp=f"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', {address!r})",
        url=f"urllib.request.urlopen('http://127.0.0.1:{address[1]}', timeout=2)",
    )
    assert not [text for text in found.values() if text.startswith("done")]
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"])
def test_no_socket_but_a_local_one_can_be_made(try_all: TryAll, family: str) -> None:
    found = try_all(
        "import socket",
        **{
            kind: f"socket.socket(socket.{family}, socket.{kind})"
            for kind in ("SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW")
        },
    )
    assert set(found.values()) <= {"PermissionError", "OSError"}


def test_names_are_not_looked_up(try_all: TryAll) -> None:
    found = try_all("import socket", name="socket.getaddrinfo('example.org', 80)")
    assert found["name"] in ("gaierror", "PermissionError")


def test_local_sockets_of_this_machine_are_not_reached(try_all: TryAll, tmp_path: Path) -> None:
    abstract = f"\0graders-{os.urandom(8).hex()}"
    with ExitStack() as sockets:
        for address in (abstract, str(tmp_path / "socket")):
            server = sockets.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(address)
            server.listen()
        found = try_all(
            "import socket\nlocal = lambda: socket.socket(socket.AF_UNIX)",
            abstract=f"local().connect({abstract!r})",
            path=f"local().connect({str(tmp_path / 'socket')!r})",
        )
    assert found == {"abstract": "ConnectionRefusedError", "path": "FileNotFoundError"}


def test_local_sockets_work_inside_of_a_job(run: Run, said: Said) -> None:
    talk = """
        import socket
        one, two = socket.socketpair()
        one.sendall(b"hello")
        said = two.recv(5).decode()
    """
    assert said(run(talk)) == "hello"


def test_no_network_device_is_there(run: Run, said: Said) -> None:
    assert said(run("said = open('/proc/net/route').read().splitlines()[1:]")) == []
