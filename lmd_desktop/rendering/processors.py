"""Puts other attention processors into a UNet for a while."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from lmd_desktop.rendering.latents import Grid

SELF_ATTENTION, CROSS_ATTENTION = ".attn1", ".attn2"
GATED_ATTENTION = ".fuser.attn"  # GLIGEN's: cells and grounding tokens in one row


@contextmanager
def replaced_processors(unet: UNet2DConditionModel, replacement: Callable[[str, Any], Any | None]) -> Iterator[None]:
    """Asks for each layer, by its name and its processor, what to put there, None leaving it as it is.

    The processors from before are back at the end, whatever happens.
    """
    with ExitStack() as stack:
        for key, old in unet.attn_processors.items():
            name = key.removesuffix(".processor")
            new = replacement(name, old)
            if new is not None:
                attention: Any = unet.get_submodule(name)
                stack.callback(attention.set_processor, old)
                attention.set_processor(new)
        yield


def grids_of(unet: UNet2DConditionModel, latent_grid: Grid) -> dict[int, Grid]:
    """Rows and columns of the UNet's layers by their number of cells: every level halves those of the one before."""
    rows, columns = latent_grid
    levels = range(len(unet.config["block_out_channels"]))
    grids = [(math.ceil(rows / 2**level), math.ceil(columns / 2**level)) for level in levels]
    return {rows * columns: (rows, columns) for rows, columns in grids}
