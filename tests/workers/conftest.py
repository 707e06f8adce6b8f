"""A client with a listener that a test can wait on; every process it started must be gone afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from worker_children import is_alive, run_scripted
from worker_listener import Listener

from lmd_desktop.workers.client import WorkerClient

ClientMaker = Callable[..., WorkerClient]


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def make_client(listener: Listener, tmp_path: Path) -> Iterator[ClientMaker]:
    clients: list[WorkerClient] = []

    def make(main: Callable = run_scripted) -> WorkerClient:
        clients.append(WorkerClient("planner", listener, log_folder=tmp_path / "logs", main=main))
        return clients[-1]

    yield make
    pids = [client.pid for client in clients]
    for client in clients:
        client.close()
    assert not [pid for pid in pids if pid is not None and is_alive(pid)]


@pytest.fixture
def client(make_client: ClientMaker) -> WorkerClient:
    return make_client()
