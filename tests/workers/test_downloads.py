"""A download fetches exactly what the Hub pins, from the host that was told, and leaves nothing running."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from local_hub import COMMIT, REPOSITORY, Hub

from lmd_desktop.domain.downloads import (
    DownloadEvent,
    DownloadPlan,
    DownloadProgress,
    DownloadRequest,
    HostContacted,
)
from lmd_desktop.domain.errors import Cancelled, UserError
from lmd_desktop.workers.downloader import download

LARGE = random.Random(1).randbytes(300_000)
SMALL = b'{"a": 1}'
FILES = {"model.gguf": LARGE, "tokenizer/a.json": SMALL, "README.md": b"not asked for", "evil.bin": b"pickle"}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("LMD_TEST_LOOPBACK", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    hub = Hub(dict(FILES))
    yield hub
    hub.goes_on.set()
    hub.close()


@pytest.fixture
def fetch(hub: Hub, tmp_path: Path) -> Callable[..., list[DownloadEvent]]:
    def run(*files: str, check: Callable[[], None] = lambda: None) -> list[DownloadEvent]:
        events: list[DownloadEvent] = []
        wanted = files or ("model.gguf", "tokenizer/*")
        request = DownloadRequest(REPOSITORY, wanted, str(tmp_path / "models" / "tiny"), hub.address)
        plan = download(request, on_event=events.append, check=check)
        assert plan.commit == COMMIT
        return events

    return run


def test_a_download_brings_the_files_and_notes_what_they_are(
    fetch: Callable[..., list[DownloadEvent]], hub: Hub, tmp_path: Path
) -> None:
    events = fetch()
    folder = tmp_path / "models" / "tiny"
    assert (folder / "model.gguf").read_bytes() == LARGE
    assert (folder / "tokenizer" / "a.json").read_bytes() == SMALL
    assert json.loads((folder / "download.json").read_bytes())["commit"] == COMMIT
    assert not list(folder.rglob("*.part"))
    # The host is told before it hears anything; nothing but the wanted files is asked for.
    assert events[0] == HostContacted("127.0.0.1")
    assert isinstance(events[1], DownloadPlan)
    assert any(isinstance(event, DownloadProgress) for event in events)
    paths = {path.partition("?")[0].rsplit("/", 1)[-1] for _, path, _ in hub.requests}
    assert paths == {"tiny-model", "model.gguf", "a.json"}
    for _, _, headers in hub.requests:
        assert not {"Authorization", "Cookie"} & {name.title() for name in headers}
        assert "torch" not in headers.get("user-agent", headers.get("User-Agent", ""))
    if os.name != "nt":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_download_goes_on_where_it_broke_off(
    fetch: Callable[..., list[DownloadEvent]], hub: Hub, tmp_path: Path
) -> None:
    hub.breaks_after = 100_000
    with pytest.raises(UserError, match="broke off"):
        fetch("model.gguf")
    part = tmp_path / "models" / "tiny" / "model.gguf.part"
    assert 0 < part.stat().st_size <= 100_000
    hub.breaks_after = None
    fetch("model.gguf")
    assert (part.parent / "model.gguf").read_bytes() == LARGE
    ranges = [headers.get("range", headers.get("Range")) for _, path, headers in hub.requests if "storage" in path]
    assert ranges[-1] is not None
    # A third time nothing is fetched at all.
    hub.requests.clear()
    fetch("model.gguf")
    assert [path.partition("?")[0] for _, path, _ in hub.requests] == [f"/api/models/{REPOSITORY}"]


def test_a_server_without_ranges_starts_over(
    fetch: Callable[..., list[DownloadEvent]], hub: Hub, tmp_path: Path
) -> None:
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.gguf.part").write_bytes(b"x" * 1000)
    hub.ignores_ranges = True
    fetch("model.gguf")
    assert (folder / "model.gguf").read_bytes() == LARGE


@pytest.mark.parametrize("name", ["model.gguf", "tokenizer/a.json"])
def test_a_file_with_another_hash_is_refused_and_deleted(
    fetch: Callable[..., list[DownloadEvent]], hub: Hub, tmp_path: Path, name: str
) -> None:
    hub.changes[name] = bytes(len(FILES[name]))
    with pytest.raises(UserError, match="its hash differs"):
        fetch(name)
    assert [path for path in (tmp_path / "models").rglob("*") if path.is_file()] == []


def test_more_than_was_announced_is_not_taken(fetch: Callable[..., list[DownloadEvent]], hub: Hub) -> None:
    hub.changes["model.gguf"] = LARGE * 2
    with pytest.raises(UserError, match="sends more"):
        fetch("model.gguf")


def test_a_stopped_download_ends_its_process_and_keeps_what_is_there(
    fetch: Callable[..., list[DownloadEvent]], hub: Hub, tmp_path: Path
) -> None:
    hub.breaks_after = 100_000
    hub.goes_on.clear()

    def check() -> None:
        if hub.served.is_set():
            raise Cancelled

    others = set(psutil.Process().children())  # workers that other tests share
    with pytest.raises(Cancelled):
        fetch("model.gguf", check=check)
    left = set(psutil.Process().children()) - others
    assert not [child for child in left if "spawn_main" in " ".join(child.cmdline())]
    hub.breaks_after = None
    hub.goes_on.set()
    fetch("model.gguf")
    assert (tmp_path / "models" / "tiny" / "model.gguf").read_bytes() == LARGE


def test_a_pickle_or_a_file_that_is_gone_is_not_fetched(fetch: Callable[..., list[DownloadEvent]], hub: Hub) -> None:
    with pytest.raises(UserError, match="not fetched for safety"):
        fetch("evil.bin")
    with pytest.raises(UserError, match="any more"):
        fetch("other.gguf")
    hub.files["../evil.gguf"] = LARGE
    with pytest.raises(UserError, match="not fetched for safety"):
        fetch("*.gguf")
    assert all(path.startswith("/api/") for _, path, _ in hub.requests)


def test_a_disk_without_room_is_told_before_anything_is_fetched(
    fetch: Callable[..., list[DownloadEvent]], hub: Hub, tmp_path: Path
) -> None:
    hub.claims["model.gguf"] = shutil.disk_usage(tmp_path).total + 1
    with pytest.raises(UserError, match="too little room"):
        fetch("model.gguf")
    assert all(path.startswith("/api/") for _, path, _ in hub.requests)


def test_a_plain_http_address_elsewhere_is_refused(hub: Hub, fetch: Callable[..., list[DownloadEvent]]) -> None:
    hub.redirects_to = "http://192.0.2.1"
    with pytest.raises(UserError, match="is no https address"):
        fetch("model.gguf")
