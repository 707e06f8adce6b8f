"""Boxes painted alone outside of a method, for the tests of that stage."""

from __future__ import annotations

import torch

from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering.attention import AttentionRecorder, choose_guided_layers
from lmd_desktop.rendering.attention_guide import Guidance
from lmd_desktop.rendering.box_cache import BoxMemory, PaintedAlone
from lmd_desktop.rendering.method import read_parameters
from lmd_desktop.rendering.methods.lmd_plus import LmdPlus
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.per_box import AloneSettings, BoxAlone, paint_alone, plan_alone
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.run import prepare_run

GUIDED = Guidance(guided_ratio=0.5, iterations=1, loss_scale=5.0, threshold=0.0, stops_for_good=False)
SETTINGS = AloneSettings(
    steps=2,
    own_noise=0.1,
    is_standing=True,
    grounding_ratio=0.4,
    guidance=GUIDED,
    background_weight=1.0,
    guide_through="cond",
)


def painted_alone(
    pipeline: Pipeline,
    request: RenderRequest,
    *,
    settings: AloneSettings = SETTINGS,
    memory: BoxMemory | None = None,
) -> tuple[tuple[BoxAlone, ...], tuple[PaintedAlone, ...]]:
    """Every box of the request: what was planned, and what came out."""
    monitor = Monitor(lambda: None, lambda *_: None, None)
    parameters = read_parameters(LmdPlus.spec, request)
    run = prepare_run(pipeline, request, parameters=parameters, monitor=monitor, memory=memory)
    recorder = AttentionRecorder(pipeline.unet, choose_guided_layers(pipeline.unet, run.grid))
    layers = [layer.name for layer in recorder.layers]
    with torch.no_grad():
        planned = plan_alone(run, run.boxes, run.noise(), layers=layers, settings=settings)
        return planned, paint_alone(run, planned, recorder=recorder, settings=settings)
