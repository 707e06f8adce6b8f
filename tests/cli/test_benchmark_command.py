"""``lmd-desktop benchmark`` as a person runs it, on a few captions with the starter models."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_process import call


def test_stage_one_is_planned_once_and_reported_as_json(tmp_path: Path) -> None:
    arguments = ("benchmark", "--stage", "1", "--limit", "4", "-o", tmp_path / "out", "--json")
    first = call(*arguments, home=tmp_path / "home")
    stage1 = first.data["stage1"]
    assert {"raw", "repaired", "strict_raw", "strict_repaired", "caption_parser"} <= set(stage1)
    assert (stage1["of"], stage1["tasks"]["numeracy"]["of"], first.data["rows"]) == (4, 1, [])
    again = call(*arguments, home=tmp_path / "home")
    assert again.data == first.data
    assert "plans: 4 of 4" in first.err
    assert "plans: 4 of 4" not in again.err
    assert (tmp_path / "out" / "benchmark.md").exists()


def test_stage_two_paints_given_layouts(tmp_path: Path) -> None:
    finished = call(
        "benchmark", "--stage", "2", "--layouts", "caption", "--methods", "plain", "--limit", "4", "--steps", "1",
        "--processes", "1", "--device", "cpu", "-o", tmp_path / "out", "--json", home=tmp_path / "home",
    )  # fmt: skip
    (row,) = finished.data["rows"]
    assert (row["method"], row["pictures"]) == ("plain", 4)
    assert set(row) >= {"negation", "numeracy", "attribution", "spatial", "overall", "interval", "seconds_per_picture"}
    assert finished.data["stage1"] is None
    assert len(list((tmp_path / "out").glob("pictures-*/plain/*.png"))) == 4
    report = (tmp_path / "out" / "benchmark.md").read_text(encoding="utf-8")
    assert "--layouts caption --judge starter --limit 4 -o out`" in report


def test_dialogs_are_led_and_reported_as_json(tmp_path: Path) -> None:
    finished = call(
        "benchmark", "--stage", "1", "--suite", "multi_round", "--limit", "1", "-o", tmp_path / "out", "--json",
        home=tmp_path / "home",
    )  # fmt: skip
    stage1 = finished.data["stage1"]
    assert stage1["dialogs"]["of"] == 1
    assert stage1["locks_exact"]["kept"] == stage1["locks_exact"]["of"]
    assert "undo" in stage1["tasks"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--layouts", "caption"), "stage 2"),
        (("--judge", "owlvit"), "--judge-path"),
        (("--limit", "0"), "a number from 1 on"),
        (("--suite", "multi_round"), "--stage 1"),
        (("--verifier", "starter"), "may not judge its own"),
        (("--verifier", "owlvit"), "--verifier-path"),
        (("--readme", "README-that-is-not-there.md"), "cannot be read"),
        (("--seeds", "101"), "from 1 to 100"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_loaded(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    finished = call("benchmark", *arguments, "-o", tmp_path / "out", home=tmp_path / "home")
    assert finished.code == 2
    assert told in finished.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--methods", "lmd_pluss"), 2, "There is no method"),
        (("--methods", "lmd_plus:retries=2"), 2, "--verifier"),
        (("--painter", "nowhere"), 3, "nowhere"),
        (("--judge", "owlvit", "--judge-path", "nowhere"), 3, "There is no judge in"),
        (("--verifier", "starter", "--verifier-path", "nowhere"), 3, "There is no judge in"),
    ],
)
def test_what_painting_lacks_is_told_before_anything_is_planned(
    tmp_path: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    finished = call("benchmark", *arguments, "--limit", "4", "-o", tmp_path / "out", home=tmp_path / "home")
    assert finished.code == code
    assert told in finished.err
    assert not list(tmp_path.rglob("plans-*.jsonl"))
