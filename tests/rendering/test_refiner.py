"""The SDXL refiner paints over a finished picture, whatever method painted it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import original_layouts as original
import pytest

from lmd_desktop.domain.errors import Cancelled, UserError
from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.rendering.refiner import Refiner

SMALL = {"modelspec.resolution": "128x128"}


@pytest.fixture(scope="module")
def refiner(tmp_path_factory: pytest.TempPathFactory) -> Refiner:
    path = tmp_path_factory.mktemp("refiner") / "refiner.safetensors"
    original.write(path, original.checkpoint(original.TINY_REFINER), metadata=SMALL)
    return Refiner(path, device="cpu")


@pytest.fixture
def painted(request_for: Callable[..., RenderRequest]) -> RenderResult:
    """A picture of half the side that the refiner paints at."""
    size = Size(64, 64)
    rgb = np.random.default_rng(1).integers(0, 256, size.width * size.height * 3, dtype=np.uint8).tobytes()
    return RenderResult(
        request=request_for(num_inference_steps=4),
        size=size,
        rgb=rgb,
        prompt="a red car",
        negative_prompt="cats",
        model="painter",
        model_sha256="0" * 64,
        device="cpu",
        seconds=(("denoise", 1.0),),
    )


def test_a_picture_is_enlarged_and_painted_over(refiner: Refiner, painted: RenderResult) -> None:
    told: list[tuple[str, int, int]] = []

    def refine(strength: float) -> RenderResult:
        return refiner.refine(
            painted, strength, check=lambda: None, on_progress=lambda *progress: told.append(progress[:3])
        )

    once = refine(0.5)
    assert once.size == Size(128, 128)
    assert len(once.rgb) == 128 * 128 * 3
    assert told == [("refine", 0, 2), ("refine", 1, 2), ("refine", 2, 2)]
    assert once.model == "painter + refiner:0.5"
    assert [stage for stage, _ in once.seconds] == ["denoise", "refine"]
    assert refine(0.5).rgb == once.rgb
    slightly = refine(0.01)  # less than one step of four
    assert slightly.rgb != once.rgb
    assert slightly.model_sha256 != once.model_sha256


def test_refining_can_be_cancelled(refiner: Refiner, painted: RenderResult) -> None:
    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        refiner.refine(painted, 0.5, check=check, on_progress=lambda *_: None)


def test_a_painter_is_no_refiner(tmp_path: Path) -> None:
    path = original.write(tmp_path / "sdxl.safetensors", original.checkpoint(original.TINY_SDXL))
    with pytest.raises(UserError, match="a painter of SDXL, not the refiner"):
        Refiner(path, device="cpu")
