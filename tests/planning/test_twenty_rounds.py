"""A long dialog with hand edits, locks and branches on the real starter planner keeps every lock."""

from __future__ import annotations

from lmd_desktop.planning.planner import Planner
from tests.benchmarks.twenty_rounds import REQUESTS, lead


def test_twenty_rounds_with_hand_edits_end_with_every_lock_intact(starter_planner: Planner) -> None:
    scene, rounds = lead(starter_planner, seed=3)
    assert [round_.request for round_ in rounds if not round_.intact] == []
    assert [round_.request for round_ in rounds] == list(REQUESTS)
    assert sum(round_.locked for round_ in rounds) >= 20
    assert any(box.is_locked for box in scene.layout.boxes)
