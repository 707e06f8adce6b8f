"""The samplers as diffusers' schedulers, with the painter's own noise schedule; and what distilled weights need."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import diffusers
import torch
from torch import Tensor, nn

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.samplers import SAMPLERS
from lmd_desktop.rendering.pipeline import Pipeline

# Betas, prediction type and spacing stay the painter's own. Latents are no pixels: nothing may be clipped to -1 to 1.
_CLASSES: dict[str, tuple[str, dict[str, Any]]] = {
    "ddim": ("DDIMScheduler", {"clip_sample": False}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2}),
    "unipc": ("UniPCMultistepScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "lcm": ("LCMScheduler", {"clip_sample": False}),
}
LCM = "LCMScheduler"
EMBEDDED_SCALE = 1000.0  # the guidance scale is embedded as timesteps are, which count to a thousand


def with_sampler(pipeline: Pipeline, name: str | None, *, can: tuple[str, ...]) -> Pipeline:
    """The same components with another scheduler; None is the painter's own.

    Raises UserError for a name that is not in the table, or a sampler that the weights were not made for.
    """
    if name is None:
        return pipeline
    able = [sampler.name for sampler in SAMPLERS.values() if set(sampler.needs) <= set(can)]
    if name not in able:
        is_known = name in SAMPLERS
        raise UserError(
            f"The sampler {SAMPLERS[name].title} needs a painter that was distilled for few steps."
            if is_known
            else f"There is no sampler “{name}”.",
            f"The samplers for “{pipeline.name}” are: {', '.join(able)}.",
            exit_code=ExitCode.USAGE,
        )
    class_name, options = _CLASSES[name]
    scheduler_class = getattr(diffusers, class_name)
    config = dict(scheduler_class.from_config(pipeline.scheduler_config, **options).config)
    return replace(pipeline, scheduler_class=scheduler_class, scheduler_config=config)


def is_distilled(pipeline: Pipeline) -> bool:
    """Whether the weights paint in few steps (Latent Consistency Models, Luo et al. 2023)."""
    return embeds_guidance(pipeline) or pipeline.scheduler_class.__name__ == LCM


def embeds_guidance(pipeline: Pipeline) -> bool:
    """Whether the UNet takes the guidance scale as an input instead of a second, unconditional picture."""
    return pipeline.unet.config["time_cond_proj_dim"] is not None


@contextmanager
def guidance_embedded(pipeline: Pipeline, guidance_scale: float) -> Iterator[None]:
    """Gives every call of such a UNet its guidance scale; changes nothing for others."""
    if not embeds_guidance(pipeline):
        yield
        return
    width = pipeline.unet.config["time_cond_proj_dim"]
    embedding = guidance_embedding(guidance_scale - 1.0, width).to(pipeline.device, pipeline.dtype)

    def add(_: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        latents: Tensor = arguments[0]
        return arguments, keywords | {"timestep_cond": embedding.expand(latents.shape[0], -1)}

    handle = pipeline.unet.register_forward_pre_hook(add, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def guidance_embedding(weight: float, width: int) -> Tensor:
    """(1, width): sines and cosines of the weight, as of a timestep, at frequencies from 1 to 1/10000.

    The weight is the guidance scale less 1 (Meng et al., On Distillation of Guided Diffusion Models, 2023).
    """
    half = width // 2
    frequencies = torch.exp(torch.arange(half, dtype=torch.float32) * -(math.log(10_000.0) / (half - 1)))
    angles = weight * EMBEDDED_SCALE * frequencies
    return nn.functional.pad(torch.cat([angles.sin(), angles.cos()]), (0, width % 2))[None]
