"""As many steps as the renderer accepts are steps that every schedule has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import diffusers
import pytest

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.requests import MAX_STEPS, RenderRequest, RenderResult
from lmd_desktop.rendering.pipeline import Pipeline


@pytest.mark.parametrize("name", ["DDIMScheduler", "EulerDiscreteScheduler", "DPMSolverMultistepScheduler"])
def test_the_longest_schedule_stays_within_the_trained_timesteps(pipeline: Pipeline, name: str) -> None:
    scheduler = replace(pipeline, scheduler_class=getattr(diffusers, name)).new_scheduler(MAX_STEPS)
    assert len(scheduler.timesteps) == MAX_STEPS
    assert 0 <= float(scheduler.timesteps.min()) < float(scheduler.timesteps.max()) < len(scheduler.alphas_cumprod)


def test_one_step_more_is_refused(
    paint: Callable[[RenderRequest], RenderResult], request_for: Callable[..., RenderRequest]
) -> None:
    with pytest.raises(UserError, match="steps are not possible") as refused:
        paint(request_for(method="plain", num_inference_steps=MAX_STEPS + 1))
    assert refused.value.exit_code is ExitCode.USAGE
