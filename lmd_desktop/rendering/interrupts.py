"""Lets a cancel through within one block of a network: hooks that ask on every block, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn

# The parts of a down, middle or up block; a whole block of Stable Diffusion takes seconds on a CPU.
BLOCKS = (ResnetBlock2D, Transformer2DModel)


@contextmanager
def interruptible(*networks: UNet2DConditionModel | AutoencoderKL, check: Callable[[], None]) -> Iterator[None]:
    """While it is entered, ``check`` is called before every block, and when gradients come back to its end.

    What it raises leaves the network's call or the backward pass as it is. Also in activation checkpointing.
    """

    def ask(module: nn.Module, arguments: tuple[Any, ...]) -> None:
        del module, arguments
        check()

    def ask_backwards(module: nn.Module, arguments: tuple[Any, ...], output: Any) -> None:
        del module, arguments
        hidden = output if isinstance(output, Tensor) else output[0]
        if hidden.requires_grad:
            hidden.register_hook(lambda gradient: check())

    with ExitStack() as stack:
        for block in (module for network in networks for module in network.modules() if isinstance(module, BLOCKS)):
            for handle in (block.register_forward_pre_hook(ask), block.register_forward_hook(ask_backwards)):
                stack.callback(handle.remove)
        yield
