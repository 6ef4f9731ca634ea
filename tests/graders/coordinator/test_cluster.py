"""A Dask cluster that goes away: what is said then. One that works is in tests/end_to_end."""

from __future__ import annotations

from typing import Any

import pytest

from graders.bundle import Bundle
from graders.coordinator import cluster as module
from graders.coordinator.cluster import ClusterError, ClusterPool

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

ADDRESS = "tcp://127.0.0.1:8786"


class ClientOfOneWorker:
    """What a pool asks of Dask's client, in a cluster whose worker is lost once it has the bundle."""

    def __init__(self, address: str, **options: Any) -> None:
        self.sent = 0

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        return {"workers": {"tcp://127.0.0.1:1": {}}}

    def scatter(self, data: Any, **options: Any) -> object:
        self.sent += 1
        if self.sent > 1:
            raise TimeoutError("No valid workers found")
        return object()

    def close(self) -> None:
        pass


def test_a_cluster_that_has_lost_all_workers_is_told_with_the_remedy(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed, "Client", ClientOfOneWorker)
    monkeypatch.setattr(module, "_check_address", lambda address: None)
    pool = ClusterPool(bundle, ADDRESS)
    with pytest.raises(ClusterError, match=rf"lost all its workers: start some with `dask worker {ADDRESS}`"):
        pool.restart()
