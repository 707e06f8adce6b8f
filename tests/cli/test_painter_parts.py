"""What is put into a painter is said on the command line, and another choice means loading again."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lmd_desktop.cli.parts import add_parts, chosen_parts, lora, refinement
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.painter import Lora, PainterParts, Refinement
from lmd_desktop.workers.loaded_model import key_of


def parsed(*arguments: str) -> PainterParts:
    parser = argparse.ArgumentParser()
    add_parts(parser)
    return chosen_parts(parser.parse_args(arguments))


def test_nothing_said_takes_the_painter_as_it_is() -> None:
    assert parsed() == PainterParts()


def test_every_part_is_read(tmp_path: Path) -> None:
    vae, gligen, one, two = (tmp_path / name for name in ("vae", "gligen", "one.safetensors", "two.safetensors"))
    refiner = tmp_path / "refiner"
    for path in (vae, gligen, one, two, refiner):
        path.touch()
    loras = ("--lora", str(one), "--lora", f"{two}:-0.5")
    others = ("--vae", str(vae), "--gligen", str(gligen), "--refiner", f"{refiner}:0.5", "--allow-pickle")
    parts = parsed(*loras, *others)
    assert parts == PainterParts(
        vae=vae,
        loras=(Lora(one), Lora(two, -0.5)),
        gligen=gligen,
        refinement=Refinement(refiner, 0.5),
        allows_pickles=True,
    )
    assert parts.paths == (vae, one, two, gligen)


@pytest.mark.parametrize(
    ("text", "name", "weight"),
    [("a.safetensors:0.8", "a.safetensors", 0.8), ("a:b.safetensors", "a:b.safetensors", 1.0), ("a:2", "a", 2.0)],
)
def test_the_weight_of_a_lora_comes_after_the_last_colon(text: str, name: str, weight: float) -> None:
    assert lora(text) == Lora(Path(name).resolve(), weight)


@pytest.mark.parametrize(
    ("read", "text"), [(lora, ":1"), (lora, "a:nan"), (lora, "a:inf"), (refinement, "a:0"), (refinement, "a:1.1")]
)
def test_an_impossible_number_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        read(text)


def test_a_missing_part_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing at") as refused:
        parsed("--vae", str(tmp_path / "missing"))
    assert refused.value.exit_code is ExitCode.MODEL_MISSING


def test_another_choice_or_a_changed_file_means_loading_again(tmp_path: Path) -> None:
    file = tmp_path / "lora.safetensors"
    file.touch()
    parts = PainterParts(loras=(Lora(file, 0.5),))
    key = key_of("painter", "cpu", parts)
    assert key == key_of("painter", "cpu", PainterParts(loras=(Lora(file, 0.5),)))
    assert key != key_of("painter", "cpu")
    assert key != key_of("painter", "cpu", PainterParts(loras=(Lora(file, 0.6),)))
    assert key == key_of("painter", "cpu", replace(parts, refinement=Refinement(file)))
    os.utime(file, ns=(1, 1))
    assert key != key_of("painter", "cpu", parts)
