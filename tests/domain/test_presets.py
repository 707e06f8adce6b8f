"""Presets: steps and shares of a method's own guidance."""

from __future__ import annotations

import pytest

from lmd_desktop.domain.presets import PRESETS, with_preset
from lmd_desktop.domain.requests import MethodSpec, Parameter, RenderSettings

GUIDED = MethodSpec(
    name="guided",
    title="Guided",
    summary="",
    parameters=(
        Parameter("guided_ratio", "", "", "float", 0.6, maximum=1.0),
        Parameter("iterations", "", "", "int", 3, maximum=20.0),
        Parameter("mask", "", "", "choice", "box", choices=("box", "attention")),
    ),
)
CHANGED = RenderSettings("guided", (("iterations", 9), ("mask", "attention")), 33, 7.0, 4)


def test_a_draft_takes_fewer_steps_with_more_of_the_methods_own_guidance_in_each() -> None:
    draft = with_preset(CHANGED, PRESETS["draft"], GUIDED)
    assert draft.num_inference_steps == 10
    assert dict(draft.parameters) == {"mask": "attention", "guided_ratio": 0.9, "iterations": 4}
    assert (draft.guidance_scale, draft.seed) == (7.0, 4)


def test_standard_brings_the_methods_own_guidance_back() -> None:
    assert dict(with_preset(CHANGED, PRESETS["standard"], GUIDED).parameters) == {"mask": "attention"}


@pytest.mark.parametrize("name", PRESETS)
def test_a_method_without_guidance_only_takes_the_steps(name: str) -> None:
    plain = with_preset(RenderSettings("plain"), PRESETS[name], MethodSpec("plain", "Plain", ""))
    assert plain.parameters == ()
    assert plain.num_inference_steps == PRESETS[name].num_inference_steps


def test_finer_presets_take_more_steps() -> None:
    taken = [PRESETS[name].num_inference_steps for name in ("draft", "standard", "fine")]
    assert taken == sorted(set(taken))
