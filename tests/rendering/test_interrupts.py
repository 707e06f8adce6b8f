"""A cancel inside a step ends it at the next block of the network, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from diffusers.models.resnet import ResnetBlock2D
from torch import nn

from lmd_desktop.domain.errors import Cancelled
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering.interrupts import BLOCKS, interruptible
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.renderer import Renderer

Make = Callable[..., RenderRequest]


class Asked:
    """Counts its calls, and cancels at one of them."""

    def __init__(self, cancel_at: int | None = None) -> None:
        self.count = 0
        self.cancel_at = cancel_at

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.cancel_at:
            raise Cancelled


@pytest.fixture
def finished_blocks(pipeline: Pipeline) -> Iterator[list[nn.Module]]:
    done: list[nn.Module] = []
    handles = [
        module.register_forward_hook(lambda module, *_: done.append(module))
        for module in pipeline.unet.modules()
        if isinstance(module, BLOCKS)
    ]
    yield done
    for handle in handles:
        handle.remove()


def call(pipeline: Pipeline, latents: torch.Tensor) -> torch.Tensor:
    embeds = torch.zeros(1, 77, pipeline.unet.config["cross_attention_dim"])
    return pipeline.unet(latents, 500, encoder_hidden_states=embeds).sample


def hooks_in(pipeline: Pipeline) -> int:
    networks = (pipeline.unet, pipeline.vae)
    modules = [module for network in networks for module in network.modules()]
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in modules)


def test_a_forward_ends_at_the_next_block(pipeline: Pipeline, finished_blocks: list[nn.Module]) -> None:
    before = hooks_in(pipeline)
    with pytest.raises(Cancelled), torch.no_grad(), interruptible(pipeline.unet, check=Asked(cancel_at=4)):
        call(pipeline, torch.zeros(1, 4, 16, 16))
    assert len(finished_blocks) == 3
    assert hooks_in(pipeline) == before


def test_a_backward_pass_ends_at_the_next_block(pipeline: Pipeline) -> None:
    latents = torch.zeros(1, 4, 16, 16, requires_grad=True)
    asked = Asked()
    with interruptible(pipeline.unet, check=asked):
        output = call(pipeline, latents)
        forwards = asked.count
        asked.cancel_at = forwards + 3
        with pytest.raises(Cancelled):
            output.sum().backward()
    assert asked.count == forwards + 3
    assert latents.grad is None
    blocks = sum(isinstance(module, BLOCKS) for module in pipeline.unet.modules())
    assert forwards == blocks
    assert any(isinstance(module, ResnetBlock2D) for module in pipeline.vae.modules())


def test_asking_changes_no_gradient(pipeline: Pipeline) -> None:
    def gradient() -> torch.Tensor:
        latents = torch.ones(1, 4, 16, 16, requires_grad=True)
        return torch.autograd.grad(call(pipeline, latents).square().sum(), latents)[0]

    plain = gradient()
    with interruptible(pipeline.unet, check=Asked()):
        assert torch.equal(gradient(), plain)


@pytest.mark.parametrize("method", ["plain", "lmd_plus"])
def test_a_picture_can_be_cancelled_at_every_block(renderer: Renderer, request_for: Make, method: str) -> None:
    """Also while boxes are painted alone, in guidance and in the decoder; afterwards the same picture comes out."""
    pipeline = renderer._pipeline  # pyright: ignore[reportPrivateUsage]
    request = request_for(method=method, num_inference_steps=2)

    def paint(asked: Asked) -> bytes:
        renderer._box_cache.clear()  # pyright: ignore[reportPrivateUsage]
        return renderer.render(request, check=asked, on_progress=lambda *_: None, on_preview=None).rgb

    before, asked = hooks_in(pipeline), Asked()
    picture = paint(asked)
    for cancel_at in {*range(5, asked.count, max(1, asked.count // 6)), asked.count}:
        stopped = Asked(cancel_at)
        with pytest.raises(Cancelled):
            paint(stopped)
        assert stopped.count == cancel_at
        assert hooks_in(pipeline) == before
    assert paint(Asked()) == picture
