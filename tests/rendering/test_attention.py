"""Which layers are guided, and what recording them does to the UNet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from lmd_desktop.rendering.attention import AttentionRecorder, choose_guided_layers
from lmd_desktop.rendering.pipeline import Pipeline, load_pipeline
from tests.rendering.conftest import save_tiny_model

GRID = (16, 16)


def forward(pipeline: Pipeline, latents: Tensor) -> Tensor:
    embeds = torch.randn((1, 77, 32), generator=torch.Generator().manual_seed(2))
    return pipeline.unet(latents, torch.tensor(500), encoder_hidden_states=embeds).sample


@pytest.fixture
def recorder(pipeline: Pipeline) -> AttentionRecorder:
    return AttentionRecorder(pipeline.unet, choose_guided_layers(pipeline.unet, GRID))


@pytest.fixture
def latents() -> Tensor:
    return torch.randn((1, 4, *GRID), generator=torch.Generator().manual_seed(3))


def test_stable_diffusion_is_guided_at_mid_and_up_1(tmp_path: Path) -> None:
    unet = load_pipeline(save_tiny_model(tmp_path / "sd", is_deep=True), device="cpu").unet
    for grid, middle in (((64, 64), (8, 8)), ((96, 96), (12, 12)), ((64, 96), (8, 12))):
        layers = choose_guided_layers(unet, grid)
        assert [layer.name.split(".transformer")[0] for layer in layers] == [
            "mid_block.attentions.0",
            "up_blocks.1.attentions.0",
            "up_blocks.1.attentions.1",
            "up_blocks.1.attentions.2",
        ]
        assert layers[0].grid == middle
        assert layers[1].grid == (2 * middle[0], 2 * middle[1])


def test_other_models_are_guided_at_16_and_8_cells(recorder: AttentionRecorder) -> None:
    assert {layer.grid for layer in recorder.layers} == {(16, 16), (8, 8)}
    assert not any(layer.name.startswith("down_blocks") for layer in recorder.layers)


def test_recording_does_not_change_the_picture(
    pipeline: Pipeline, recorder: AttentionRecorder, latents: Tensor
) -> None:
    with torch.no_grad():
        expected = forward(pipeline, latents)
        with recorder.installed(), recorder.recording():
            recorded = forward(pipeline, latents)
        with recorder.installed():
            not_recorded = forward(pipeline, latents)
    assert torch.allclose(recorded, expected, atol=1e-5)
    assert torch.equal(not_recorded, expected)


def test_maps_are_probabilities_on_the_layers_grid(
    pipeline: Pipeline, recorder: AttentionRecorder, latents: Tensor
) -> None:
    with torch.no_grad(), recorder.installed(), recorder.recording():
        forward(pipeline, latents)
    for layer in recorder.layers:
        maps = recorder.maps[layer.name]
        assert maps.shape[0] == 1
        assert maps.shape[2:] == (layer.grid[0] * layer.grid[1], 77)
        assert torch.allclose(maps.sum(dim=-1), torch.ones(()), atol=1e-4)


def test_stopping_early_gives_the_same_gradient_bit_for_bit(
    pipeline: Pipeline, recorder: AttentionRecorder, latents: Tensor
) -> None:
    def gradient(recording: Callable[[], object]) -> Tensor:
        seen = latents.clone().requires_grad_(True)
        with recording():  # type: ignore[attr-defined]
            forward(pipeline, seen)
        loss = sum((maps**2).sum() for maps in recorder.maps.values())
        return torch.autograd.grad(loss, seen)[0]  # type: ignore[arg-type]

    with recorder.installed():
        early = gradient(recorder.recording_until_last_layer)
        full = gradient(recorder.recording)
    assert early.abs().max() > 0
    assert torch.equal(early, full)


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_the_layers_get_their_processors_back(
    pipeline: Pipeline, recorder: AttentionRecorder, error: type[BaseException] | None
) -> None:
    before = dict(pipeline.unet.attn_processors)
    try:
        with recorder.installed():
            assert dict(pipeline.unet.attn_processors) != before
            if error:
                raise error
    except (ValueError, KeyboardInterrupt):
        pass
    assert dict(pipeline.unet.attn_processors) == before
