"""A short run of the benchmark ``kills``: the window and a worker are killed while scenes are edited and saved."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.benchmarks import kills


@pytest.mark.parametrize("is_worker_kill", [False, True], ids=["the window", "a worker"])
def test_a_kill_loses_nothing_older_than_a_second_and_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_worker_kill: bool
) -> None:
    monkeypatch.setattr(kills, "LONGEST_S", 1.5)
    dice = random.Random(7)
    for _ in range(2):
        found, counted, _ = kills.run_once(tmp_path, dice, 0.3, is_worker_kill=is_worker_kill, waits_for=10)
        assert not any(found.values()), found
        assert counted["edits"] > 0
