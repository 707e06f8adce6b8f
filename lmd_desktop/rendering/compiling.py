"""Compiles the parts of a UNet that repeat: convolution blocks and feed-forward layers, a kernel for each shape."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.attention import FeedForward
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

REPEATED = (ResnetBlock2D, FeedForward)
# Blocks of one class share their code, and with it torch's count of kernels: Stable Diffusion has up to ten widths and
# grids, each with and without gradients, for one picture and for batches.
MOST_KERNELS = 128


def compile_repeated(unet: UNet2DConditionModel, *, backend: str = "inductor") -> int:
    """Has these parts compiled when they first run, and gives their number; what cannot be compiled runs as before.

    Regional: attention stays as it is, since methods exchange its processors and end guidance inside of it by an
    exception, which cannot leave a compiled graph. The first picture of a size takes minutes more.
    """
    config: Any = torch._dynamo.config  # pyright: ignore[reportPrivateUsage]
    config.recompile_limit = max(config.recompile_limit, MOST_KERNELS)
    config.accumulated_recompile_limit = max(config.accumulated_recompile_limit, 2 * MOST_KERNELS)
    config.suppress_errors = True  # without a compiler on this machine the parts run uncompiled
    parts: list[Any] = [module for module in unet.modules() if isinstance(module, REPEATED)]
    for part in parts:
        # The call itself stays outside: hooks that let a cancel through come and go with every picture.
        part.forward = torch.compile(part.forward, backend=backend, dynamic=False)
    return len(parts)
