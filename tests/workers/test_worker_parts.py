"""The small parts of the workers: words for endings, pace of reports, the log, the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lmd_desktop.domain.errors import ExitCode
from lmd_desktop.workers.child_log import MAX_LOG_BYTES, prepare_log, read_tail
from lmd_desktop.workers.endings import describe_ending
from lmd_desktop.workers.environment import child_environment
from lmd_desktop.workers.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [
        (-11, "crashed inside a native library"),
        (0xC0000005, "crashed inside a native library"),
        (-1073741819, "crashed inside a native library"),
        (-6, "internal check"),
        (-4, "this processor does not have"),
        (-9, "killed from outside"),
        (-15, "another program"),
        (7, "exit code 7"),
    ],
)
def test_every_exit_code_has_words(exit_code: int, words: str) -> None:
    ending = describe_ending("renderer", exit_code, ran_out_of_memory=False)
    assert ending.cause.startswith("The renderer ")
    assert words in ending.cause
    assert ending.next_step


def test_a_kill_for_memory_is_told_as_out_of_memory() -> None:
    ending = describe_ending("renderer", -9, ran_out_of_memory=True)
    assert "memory ran out" in ending.cause
    assert ending.code is ExitCode.OUT_OF_MEMORY


def test_seconds_left_follow_the_mean_step_of_the_stage() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.is_progress_due("denoise", 0, 10)
    assert pace.seconds_left(0, 10) is None
    clock.now += 2.0
    assert pace.is_progress_due("denoise", 4, 10)
    assert pace.seconds_left(4, 10) == pytest.approx(3.0)


def test_a_second_pass_of_the_same_stage_is_measured_by_itself() -> None:
    clock = Clock()
    pace = Pace(clock)
    for _ in range(2):
        pace.is_progress_due("per_box", 0, 4)
        clock.now += 3.0
        pace.is_progress_due("per_box", 3, 4)
        assert pace.seconds_left(3, 4) == pytest.approx(1.0)
        clock.now += 100.0


def test_progress_between_the_first_and_the_last_step_is_thinned_out() -> None:
    clock = Clock()
    pace = Pace(clock)
    due = []
    for step in range(101):
        clock.now += 0.001
        due.append(pace.is_progress_due("tokens", step, 100))
    assert due[0]
    assert due[-1]
    assert sum(due) <= 4


def test_previews_come_about_eight_times_a_second() -> None:
    clock = Clock()
    pace = Pace(clock)
    due = []
    for _ in range(100):
        clock.now += 0.01
        due.append(pace.is_preview_due())
    assert 7 <= sum(due) <= 9


def test_a_large_log_is_set_aside(tmp_path: Path) -> None:
    path = prepare_log(tmp_path / "logs", "planner")
    path.write_bytes(b"x" * (MAX_LOG_BYTES + 1))
    assert prepare_log(tmp_path / "logs", "planner") == path
    assert not path.exists()
    assert (tmp_path / "logs" / "planner.1.log").exists()


def test_the_tail_starts_where_this_process_began(tmp_path: Path) -> None:
    path = tmp_path / "planner.log"
    path.write_text("old\n", encoding="utf-8")
    start = path.stat().st_size
    path.write_text("old\nnew\n", encoding="utf-8")
    assert read_tail(path, start) == "new"
    assert read_tail(tmp_path / "missing.log", 0) == ""


def test_the_environment_is_restored_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)

    def fail_to_spawn() -> None:
        with child_environment():
            assert os.environ["HF_HUB_OFFLINE"] == "1"
            assert int(os.environ["OMP_NUM_THREADS"]) >= 1
            raise OSError

    with pytest.raises(OSError):
        fail_to_spawn()
    assert os.environ["HF_HUB_OFFLINE"] == "0"
    assert "OMP_NUM_THREADS" not in os.environ
