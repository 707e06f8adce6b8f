"""What saves memory gives the same pictures; what is chosen for a device is told with its reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from lmd_desktop.domain.layout import Layout, Size
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.rendering import devices
from lmd_desktop.rendering.devices import LARGE_BYTES, choose_precision
from lmd_desktop.rendering.memory_levels import MemoryLevel
from lmd_desktop.rendering.renderer import Renderer

Make = Callable[..., RenderRequest]


def paint(renderer: Renderer, request: RenderRequest) -> RenderResult:
    return renderer.render(request, check=lambda: None, on_progress=lambda *_: None, on_preview=None)


def difference(one: RenderResult, other: RenderResult) -> int:
    first, second = (np.frombuffer(result.rgb, np.uint8).astype(int) for result in (one, other))
    return int(np.abs(first - second).max())


@pytest.fixture(scope="module")
def frugal(gated_folder: Path) -> Renderer:
    return Renderer(gated_folder, device="cpu", memory_level=max(MemoryLevel))


@pytest.mark.parametrize("method", ["plain", "lmd_plus"])
def test_a_picture_with_less_memory_is_the_same(
    renderer: Renderer, frugal: Renderer, request_for: Make, method: str
) -> None:
    request = request_for(method=method, num_inference_steps=3)
    assert difference(paint(frugal, request), paint(renderer, request)) <= 1


def test_a_large_picture_is_decoded_in_tiles(
    frugal: Renderer, request_for: Make, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiled: list[torch.Size] = []
    decode = AutoencoderKL.tiled_decode
    monkeypatch.setattr(
        AutoencoderKL, "tiled_decode", lambda vae, z, **options: tiled.append(z.shape) or decode(vae, z, **options)
    )
    small = request_for(method="plain", num_inference_steps=1)
    paint(frugal, small)
    assert tiled == []
    large = paint(frugal, request_for(method="plain", num_inference_steps=1, size=Size(640, 512)))
    assert (large.size, tiled) == (Size(640, 512), [torch.Size((1, 4, 64, 80))])
    paint(frugal, small)
    assert len(tiled) == 1


@pytest.mark.parametrize(
    ("instructions", "weight_bytes", "dtype", "words"),
    [
        (None, LARGE_BYTES, torch.float32, "no instructions"),
        ("AMX", LARGE_BYTES, torch.bfloat16, "(AMX)"),
        ("AVX-512 BF16", LARGE_BYTES - 1, torch.float32, "gains nothing"),
    ],
)
def test_a_processor_computes_in_half_precision_where_it_is_faster(
    monkeypatch: pytest.MonkeyPatch, *, instructions: str | None, weight_bytes: int, dtype: torch.dtype, words: str
) -> None:
    monkeypatch.setattr(devices, "_bfloat16_instructions", lambda: instructions)
    precision = choose_precision(torch.device("cpu"), weight_bytes)
    assert precision.dtype is dtype
    assert words in precision.reason


def test_bfloat16_paints_nearly_the_same_picture(
    gated_folder: Path, renderer: Renderer, request_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also under guidance: latents and losses stay in single precision."""
    monkeypatch.setattr(devices, "_bfloat16_instructions", lambda: "AMX")
    monkeypatch.setattr(devices, "LARGE_BYTES", 0)
    halved = Renderer(gated_folder, device="cpu")
    assert halved.precision == "bfloat16"
    request = request_for(num_inference_steps=3)
    found, expected = (np.frombuffer(paint(one, request).rgb, np.uint8).astype(int) for one in (halved, renderer))
    assert np.abs(found - expected).mean() < 4
