"""Runs that can be resumed: whole lines survive, half lines do not, another setting is another file."""

from __future__ import annotations

from pathlib import Path

from lmd_desktop.benchmark.journal import Journal, lines_under_others


def test_finished_lines_are_there_again_in_the_next_run(tmp_path: Path) -> None:
    Journal(tmp_path, "plans", {"planner": "a"}).add("0001", {"caption": "两只猫", "seconds": 0.5})
    again = Journal(tmp_path, "plans", {"planner": "a"})
    assert again.lines == {"0001": {"key": "0001", "caption": "两只猫", "seconds": 0.5}}
    again.add("0002", {"caption": "a cup"})
    assert set(Journal(tmp_path, "plans", {"planner": "a"}).lines) == {"0001", "0002"}


def test_a_changed_setting_starts_a_new_file(tmp_path: Path) -> None:
    first = Journal(tmp_path, "plans", {"planner": "a"})
    first.add("0001", {})
    other = Journal(tmp_path, "plans", {"planner": "b"})
    assert other.lines == {}
    assert other.path != first.path


def test_a_line_that_was_cut_off_is_dropped_and_the_next_one_stands_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "pictures", {})
    journal.add("one", {"fault": None})
    with journal.path.open("ab") as file:
        file.write(b'{"key": "two", "fau')
    again = Journal(tmp_path, "pictures", {})
    assert set(again.lines) == {"one"}
    again.add("three", {"fault": "no cat"})
    assert set(Journal(tmp_path, "pictures", {}).lines) == {"one", "three"}


def test_a_torn_first_line_does_not_cost_the_settings(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "pictures", {"judge": "a"})
    journal.path.write_bytes(b'{"settings": {"ju')
    Journal(tmp_path, "pictures", {"judge": "a"}).add("one", {"fault": None})
    other = Journal(tmp_path, "pictures", {"judge": "b"})
    assert set(lines_under_others(other, "pictures", "judge")) == {"one"}


def test_journals_of_other_runs_are_read_whatever_they_hold_and_left_as_they_are(tmp_path: Path) -> None:
    running = Journal(tmp_path, "pictures", {"judge": "a"})
    running.add("one", {"fault": None})
    with running.path.open("ab") as file:
        file.write(b'{"key": "two", "fau')
    before = running.path.read_bytes()
    (tmp_path / "pictures-broken.jsonl").write_bytes(b"\xff\xfe\n{}\n")
    other = Journal(tmp_path, "pictures", {"judge": "b"})
    assert set(lines_under_others(other, "pictures", "judge")) == {"one"}
    assert running.path.read_bytes() == before
