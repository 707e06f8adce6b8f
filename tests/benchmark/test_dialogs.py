"""Dialogs over several turns: they can be passed, nothing passes by doing nothing, and a run goes on where it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from lmd_desktop.benchmark.dialog_report import DialogFindings, write_dialog_report
from lmd_desktop.benchmark.dialog_run import JudgedTurn, dialog_data, lead_dialogs
from lmd_desktop.benchmark.dialogs import (
    DIALOGS,
    KINDS,
    benchmark_dialogs,
    lock_fault,
    turn_fault,
    untouched_count,
)
from lmd_desktop.benchmark.journal import Journal
from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.requests import PlanResult
from lmd_desktop.planning.lines import write_answer
from lmd_desktop.planning.meaning import check_meaning
from lmd_desktop.workers.messages import PlanJob, Planned, Rendered, RenderJob

SOME = benchmark_dialogs()[:4]


class OnePlanner:
    """Answers with the layout that was wished for, or with the canvas as it was."""

    def __init__(self, *, does_it: bool) -> None:
        self.asked = 0
        self._does_it = does_it

    def results(self, jobs: Iterable[PlanJob | RenderJob]) -> Iterator[tuple[PlanJob | RenderJob, Planned | Rendered]]:
        for job in jobs:
            assert isinstance(job, PlanJob)
            self.asked += 1
            dialog, number = map(int, job.job_id.split("-"))
            layout = SOME[dialog].turns[number].expected if self._does_it else job.request.layout
            yield job, Planned(job.job_id, PlanResult(layout, write_answer(layout), "one", "0", job.request.seed))


def lead(folder: Path, planner: OnePlanner) -> tuple[JudgedTurn, ...]:
    return lead_dialogs(SOME, planner, Journal(folder, "dialogs", {}), model="one.gguf", on_done=lambda done: None)


def test_every_wish_can_be_done_and_none_is_done_by_doing_nothing() -> None:
    dialogs = benchmark_dialogs()
    turns = [turn for dialog in dialogs for turn in dialog.turns]
    assert len(dialogs) == DIALOGS
    assert {len(dialog.turns) for dialog in dialogs} == {3, 4, 5}
    assert min(Counter(turn.kind for turn in turns).values()) >= 40
    assert [turn_fault(turn, turn.expected.boxes) for turn in turns] == [None] * len(turns)
    assert all(turn_fault(turn, turn.before.boxes) for turn in turns)


def test_the_planners_own_checks_agree_with_the_rules_of_the_dialogs() -> None:
    for turn in (turn for dialog in benchmark_dialogs() for turn in dialog.turns if turn.kind != "undo"):
        assert check_meaning(turn.request, turn.expected, turn.before) == ()
        assert check_meaning(turn.request, turn.before, turn.before)


def test_untouched_and_locked_boxes_are_counted() -> None:
    turn = next(turn for turn in SOME[0].turns if turn.kind != "undo")
    everything = tuple(replace(box, rect=Rect(0, 0, 64, 64)) for box in turn.before.boxes)
    kept, of = untouched_count(turn, turn.expected.boxes)
    assert kept == of
    assert untouched_count(turn, everything) == (0, of)
    locked = next(turn for dialog in SOME for turn in dialog.turns if any(box.is_locked for box in turn.before.boxes))
    assert lock_fault(locked, locked.expected.boxes) is None
    assert lock_fault(locked, everything)


def test_a_led_dialog_is_judged_turn_by_turn_and_not_led_twice(tmp_path: Path) -> None:
    planner, again = OnePlanner(does_it=True), OnePlanner(does_it=True)
    turns = lead(tmp_path, planner)
    assert planner.asked == len(turns) == sum(len(dialog.turns) for dialog in SOME)
    data = dialog_data(turns)
    assert (data["raw"], data["repaired"], data["asked_again"]) == (len(turns),) * 3
    assert data["dialogs"] == {"raw": 4, "repaired": 4, "asked_again": 4, "fixed": 4, "of": 4}
    assert lead(tmp_path, again) == turns
    assert again.asked == 0


def test_a_planner_that_does_nothing_moves_nothing(tmp_path: Path) -> None:
    turns = lead(tmp_path, OnePlanner(does_it=False))
    # What the canvas showed before the last request is known without a planner.
    assert {turn.kind for turn in turns if turn.faults["repaired"] is None} <= {"undo"}
    assert all(turn.faults["raw"] for turn in turns)
    # A person who takes the fixes that are offered gets every other wish.
    assert [turn.faults["fixed"] for turn in turns if turn.kind != "undo"] == [None] * _wishes(turns)
    data = dialog_data(turns)
    assert data["untouched_before_repair"] == {"kept": _of(turns), "of": _of(turns)}
    assert data["locks_exact"]["kept"] == data["locks_exact"]["of"]  # pyright: ignore[reportIndexIssue]


def test_the_page_has_a_column_for_every_kind(tmp_path: Path) -> None:
    findings = DialogFindings("multi_round", "lmd-desktop", {}, "one", lead(tmp_path, OnePlanner(does_it=False)))
    data = write_dialog_report(findings, tmp_path, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert all(kind.capitalize() in page for kind in KINDS)
    assert "after re-ask" in page
    assert data["suite"] == "multi_round"
    assert "not bigger" in (tmp_path / "failures.md").read_text(encoding="utf-8")


def _wishes(turns: tuple[JudgedTurn, ...]) -> int:
    return sum(turn.kind != "undo" for turn in turns)


def _of(turns: tuple[JudgedTurn, ...]) -> int:
    return sum(turn.untouched.of for turn in turns)
