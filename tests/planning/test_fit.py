"""How a planner model is run on a machine, and how it becomes safer after a crash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmd_desktop.domain.model_shape import ModelShape
from lmd_desktop.planning.fit import GB, Machine, fit
from lmd_desktop.planning.settings import EngineSettings, safer

# Qwen3 4B Q4_K_M, from its configuration: 36 blocks, 8 heads of 128 for keys and values.
QWEN_4B = ModelShape(
    block_count=36, block_bytes=2_100_000_000, other_bytes=320_000_000, key_size=1024, value_size=1024, head_size=128,
    width=2560, inner_width=9728, vocabulary_size=151_936, context_length=262_144, parameters=4_022_000_000,
)  # fmt: skip
TINY = ModelShape(6, 4_000_000, 600_000, 128, 128, 32, 256, 768, 2048, 1024, 5_000_000)


def machine(ram: float, device: float | None = None, *, has_amx: bool = False) -> Machine:
    return Machine(round(ram * GB), None if device is None else round(device * GB), cores=6, has_amx=has_amx)


def test_a_card_with_room_takes_every_layer() -> None:
    chosen = fit(QWEN_4B, machine(16, 8))
    assert chosen.fits
    assert chosen.settings == EngineSettings(37, 4096, "f16", "auto", 6, has_extra_buffers=True)
    assert 3.0 * GB < chosen.device < 3.8 * GB
    assert "37 of 37 layers" in chosen.sentence


def test_a_card_that_is_a_little_short_gets_the_smaller_cache() -> None:
    settings = fit(QWEN_4B, machine(16, 3.5)).settings
    assert (settings.gpu_layers, settings.kv_type, settings.flash_attention) == (37, "q8_0", "on")


def test_a_small_card_takes_as_many_layers_as_go_there() -> None:
    some, fewer = (fit(QWEN_4B, machine(16, free)) for free in (2.5, 1.5))
    assert 36 > some.settings.gpu_layers > fewer.settings.gpu_layers > 0
    assert some.device < 2.5 * GB
    assert some.ram < fewer.ram


def test_without_a_card_the_processor_does_it_with_what_fits() -> None:
    wide, close, short = (fit(QWEN_4B, machine(free)).settings for free in (8, 3.5, 3.2))
    assert (wide.gpu_layers, wide.kv_type, wide.threads) == (0, "f16", 6)
    assert (close.kv_type, close.context_size) == ("q8_0", 4096)
    assert (short.kv_type, short.context_size) == ("q8_0", 2048)
    odd = fit(replace(QWEN_4B, head_size=80), machine(3.5)).settings
    assert (odd.kv_type, odd.context_size) == ("f16", 2048)


def test_what_does_not_fit_is_said_before_it_is_loaded() -> None:
    chosen = fit(QWEN_4B, machine(2))
    assert not chosen.fits
    assert "more than is free" in chosen.sentence
    assert "2.7 GB of memory" in chosen.sentence


def test_a_tiny_model_runs_in_one_thread_and_never_on_a_card() -> None:
    chosen = fit(TINY, machine(16, 24))
    assert (chosen.settings.gpu_layers, chosen.settings.threads, chosen.settings.context_size) == (0, 1, 1024)
    assert chosen.ram < 0.1 * GB


@pytest.mark.parametrize("has_amx", [True, False])
def test_weights_are_not_repacked_where_that_crashes(has_amx: bool) -> None:
    assert fit(QWEN_4B, machine(16, has_amx=has_amx)).settings.has_extra_buffers is not has_amx


def test_each_step_after_a_crash_leaves_something_dangerous_out() -> None:
    fast = EngineSettings(37, 4096, "q8_0", "on", 6, has_extra_buffers=True)
    ladder = [safer(fast, level) for level in range(4)]
    assert [step.gpu_layers for step in ladder] == [37, 0, 0, 0]
    assert [step.flash_attention for step in ladder] == ["on", "on", "off", "off"]
    assert [step.kv_type for step in ladder] == ["q8_0", "q8_0", "f16", "f16"]
    assert [step.has_extra_buffers for step in ladder] == [True, True, True, False]
    assert [step.threads for step in ladder] == [6, 6, 6, 1]
    assert fit(QWEN_4B, machine(16, 8), level=1).settings.gpu_layers == 0
