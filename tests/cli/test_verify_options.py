"""Which judge looks at a picture, and what it cannot check, is told before anything is painted."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from lmd_desktop.cli.verify import Verifier, add_verify_arguments, verifier_of
from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Layout, Rect


def parsed(*arguments: str) -> Verifier | None:
    parser = argparse.ArgumentParser()
    add_verify_arguments(parser)
    options = parser.parse_args(arguments)
    return verifier_of(argparse.Namespace(**vars(options), count=None, explain=False))


def layout_of(*phrases: str) -> Layout:
    layout = Layout()
    for phrase in phrases:
        layout = add_box(layout, phrase, Rect(10, 20, 100, 50))
    return layout


@pytest.fixture(scope="module")
def starter() -> Verifier:
    verifier = parsed("--retries", "2")
    assert verifier is not None
    return verifier


def test_nobody_looks_unless_asked(starter: Verifier) -> None:
    assert parsed() is None
    assert (starter.name, starter.retries) == ("starter", 2)


def test_a_path_without_a_judge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--verify owlvit") as refused:
        parsed("--judge-path", str(tmp_path))
    assert refused.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("arguments", [("--verify", "owlvit"), ("--verify", "starter"), ("--retries", "1")])
def test_a_folder_that_is_not_there_is_a_missing_model(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match="There is no folder") as refused:
        parsed(*arguments, "--judge-path", str(tmp_path / "missing"))
    assert refused.value.exit_code is ExitCode.MODEL_MISSING


def test_another_judge_is_not_taken_for_the_starter_judge(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "owlvit"}), encoding="utf-8")
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(UserError, match="say which judge it is: owlvit or owlv2") as refused:
        parsed("--retries", "1", "--judge-path", str(tmp_path))
    assert refused.value.exit_code is ExitCode.MODEL_MISSING


@pytest.mark.parametrize(
    ("phrases", "note"),
    [
        (("a red car", "a blue cup"), ""),
        (("a red car", "a dragon"), "The starter judge does not know “a dragon”: that box is not checked."),
        (
            ("an elf", "a red car", "a dragon", "a dragon"),
            "The starter judge does not know “an elf”, “a dragon”: those boxes are not checked.",
        ),
        ((), ""),
    ],
)
def test_boxes_that_are_not_checked_are_named(starter: Verifier, phrases: tuple[str, ...], note: str) -> None:
    assert starter.note_on(layout_of(*phrases)) == note


def test_a_judge_that_could_check_no_box_is_refused_with_one_that_can(starter: Verifier) -> None:
    with pytest.raises(UserError, match=r"“a dragon”.*--verify owlvit --judge-path DIR") as refused:
        starter.note_on(layout_of("a dragon"))
    assert refused.value.exit_code is ExitCode.USAGE
