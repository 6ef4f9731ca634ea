"""Workers on other machines: a Dask cluster, to which everything is sent and which shares nothing with us."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from typing import Any, Protocol, cast

from graders.bundle import Bundle, Submitted
from graders.graded import GradedSubmission
from graders.worker import check_bundle, grade_submission, rejudge_submission

RETRIES = 2
"""How often Dask does a task again by itself whose worker has died."""

CONNECT_SECONDS = 20

ADDRESS = re.compile(r"(?:tcp|tls)://(?P<host>\[[^]]+\]|[^:/]+):(?P<port>\d+)")


class _Task(Protocol):
    """What is used of Dask's future, which has no types."""

    def result(self) -> Any: ...

    def add_done_callback(self, function: Callable[[_Task], None]) -> None: ...


class _Client(Protocol):
    """What is used of Dask's client."""

    def scheduler_info(self, n_workers: int) -> dict[str, Any]: ...

    def scatter(self, data: Any, *, broadcast: bool, hash: bool) -> _Task: ...

    def submit(self, function: Callable[..., Any], *arguments: Any, pure: bool, retries: int) -> _Task: ...

    def close(self) -> None: ...


class ClusterError(Exception):
    """The cluster cannot be used. The message says why, and what to do."""


class ClusterPool:
    """The workers of a Dask scheduler. They need this package, of the same version, and nothing else of ours.

    Raises:
        ClusterError: dask.distributed is not installed, nobody answers at the address, or there is no worker.
    """

    def __init__(self, bundle: Bundle, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise ClusterError(
                "--scheduler needs dask.distributed: pip install 'graders[cluster]', here and on the workers"
            ) from None
        _check_address(address)
        try:
            connect = cast(Callable[..., _Client], Client)
            self._client = connect(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError(
                f"no Dask scheduler answers at {address} ({error}): start one with `dask scheduler`, "
                "and name the address that it prints"
            ) from None
        self.workers = len(self._client.scheduler_info(n_workers=-1)["workers"])
        if not self.workers:
            self._client.close()
            raise ClusterError(
                f"the scheduler at {address} has no workers: start some with `dask worker {address}`"
            )
        self._address = address
        self._tasks: dict[Future[Any], _Task] = {}
        self._sent = bundle
        self._bundle = self._send()

    def check(self, nonce: str) -> Future[None]:
        """Check the reference solution."""
        return self.call(check_bundle, self._bundle, nonce)

    def grade(self, submitted: Submitted, nonce: str) -> Future[GradedSubmission]:
        """Run and judge a submission."""
        return self.call(grade_submission, self._bundle, submitted, nonce)

    def rejudge(self, submitted: Submitted, texts: dict[str, str], nonce: str) -> Future[GradedSubmission]:
        """Judge stored evidence."""
        return self.call(rejudge_submission, self._bundle, submitted, texts, nonce)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Call any other function on some worker."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        task = self._client.submit(function, *arguments, pure=False, retries=RETRIES)
        self._tasks[future] = task  # Dask forgets a task that nobody holds
        future.add_done_callback(self._tasks.pop)
        task.add_done_callback(lambda done: _hand_over(done, future))
        return future

    def restart(self) -> None:
        """Dask itself puts other workers to work; they get the bundle again, which may be lost with one.

        Raises:
            ClusterError: there are no others.
        """
        self._bundle = self._send()

    def _send(self) -> _Task:
        """Send the bundle to all workers, once some are there. Raises ClusterError."""
        try:
            return self._client.scatter(self._sent, broadcast=True, hash=False)
        except TimeoutError:
            raise ClusterError(
                f"the scheduler at {self._address} has lost all its workers: start some with `dask worker "
                f"{self._address}`, then run the command again; it goes on where it stopped"
            ) from None

    def close(self) -> None:
        """Leave the cluster; what it is still working on for us is dropped."""
        self._client.close()


def _check_address(address: str) -> None:
    """Look whether somebody answers, as Dask itself tries for long. Raises ClusterError."""
    match = ADDRESS.fullmatch(address)
    try:
        if match is None:
            raise ValueError("an address is tcp://HOST:PORT")
        socket.create_connection((match["host"], int(match["port"])), CONNECT_SECONDS).close()
    except (OSError, OverflowError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {address} ({error}): start one with `dask scheduler`, "
            "and name the address that it prints"
        ) from None


def _hand_over(done: _Task, future: Future[Any]) -> None:
    """Give a task's result or error to the one who waits for it; a lost worker as a pool would tell it."""
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    try:
        future.set_result(done.result())
    except (KilledWorker, FutureCancelledError) as lost:  # the second: what it depends on was lost too
        future.set_exception(BrokenExecutor(str(lost)))
    except Exception as error:
        future.set_exception(error)
