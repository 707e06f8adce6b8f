"""Presets of a render: how many steps, and how much of a method's guidance; one table for window and command line."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lmd_desktop.domain.requests import MethodSpec, ParameterValue, RenderSettings

GUIDED_STEPS, ITERATIONS = "guided_ratio", "iterations"  # what methods with guidance call these parameters


@dataclass(frozen=True, slots=True)
class Preset:
    """``guided_share`` and ``iterations_share`` multiply the method's own defaults, where it has guidance."""

    name: str
    title: str
    summary: str
    num_inference_steps: int
    guided_share: float
    iterations_share: float


_ALL = (
    # Where things go is decided in the first steps: with fewer of them each needs more iterations, or LMD obeys less.
    Preset("draft", "Draft", "Half the steps, with more guidance in each: shows where things go.", 10, 1.5, 1.5),
    Preset("standard", "Standard", "What the methods are tuned for.", 20, 1.0, 1.0),
    Preset("fine", "Fine", "As many steps as in the LMD paper, each with the whole guidance.", 50, 1.0, 1.0),
)
PRESETS = {preset.name: preset for preset in _ALL}


def with_preset(settings: RenderSettings, preset: Preset, spec: MethodSpec) -> RenderSettings:
    """The settings with the preset's steps and shares of the method's guidance; other parameters stay."""
    others = tuple((name, value) for name, value in settings.parameters if name not in (GUIDED_STEPS, ITERATIONS))
    parameters = (*others, *_guidance(preset, spec))
    return replace(settings, num_inference_steps=preset.num_inference_steps, parameters=parameters)


def _guidance(preset: Preset, spec: MethodSpec) -> tuple[tuple[str, ParameterValue], ...]:
    """What differs from the defaults, within the bounds of each parameter; guidance keeps at least one iteration."""
    changed: list[tuple[str, ParameterValue]] = []
    for parameter in spec.parameters:
        if parameter.name == GUIDED_STEPS and preset.guided_share != 1.0:
            share = float(parameter.default) * preset.guided_share
            changed.append((parameter.name, round(min(share, parameter.maximum), 4)))
        elif parameter.name == ITERATIONS and preset.iterations_share != 1.0 and int(parameter.default) > 0:
            count = round(int(parameter.default) * preset.iterations_share)
            changed.append((parameter.name, max(1, min(count, int(parameter.maximum)))))
    return tuple(changed)
