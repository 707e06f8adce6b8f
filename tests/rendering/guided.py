"""A run and a step to call the hooks of a method with, outside of the loop."""

from __future__ import annotations

import torch
from torch import Tensor

from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering.method import Method, Step, read_parameters
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.run import Run, prepare_run


def prepare(pipeline: Pipeline, request: RenderRequest, method: type[Method]) -> tuple[Run, list[None]]:
    """The run of a request, and a list that grows with every UNet call."""
    calls: list[None] = []
    monitor = Monitor(lambda: calls.append(None), lambda *_: None, None)
    run = prepare_run(
        pipeline,
        request,
        parameters=read_parameters(method.spec, request),
        monitor=monitor,
        joins_box_negatives=method.joins_box_negatives,
    )
    return run, calls


def first_step(run: Run) -> Step:
    """The first step of the run, always from the same noise."""
    scheduler = run.pipeline.new_scheduler(run.request.num_inference_steps)
    run.generator.manual_seed(run.request.seed)
    return Step(0, len(scheduler.timesteps), scheduler.timesteps[0], run.noise(), scheduler)


def guided(method: Method, step: Step) -> Tensor:
    """The latents that the method goes on with, as the loop would ask for them."""
    with torch.no_grad(), method.patches():
        return method.before_step(step)
