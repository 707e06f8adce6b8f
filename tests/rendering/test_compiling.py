"""Compiled parts paint the same picture, leave attention to the methods, and can be interrupted as ever."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from lmd_desktop.domain.errors import Cancelled
from lmd_desktop.domain.painter import PainterParts
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering import compiling
from lmd_desktop.rendering.renderer import Renderer


def test_a_compiled_painter_paints_the_same_picture_with_guidance_and_stops_when_asked(
    renderer: Renderer, gated_folder: Path, request_for: Callable[..., RenderRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With torch's tracing and differentiation; its last stage, which writes C++ or Triton, takes minutes."""
    traced: list[object] = []
    compile_as_asked = torch.compile

    def compile_quickly(function: Callable[..., object], **options: object) -> Callable[..., object]:
        traced.append(function)
        return compile_as_asked(function, backend="aot_eager", dynamic=options["dynamic"])  # type: ignore[call-overload]

    monkeypatch.setattr(compiling.torch, "compile", compile_quickly)
    compiled = Renderer(gated_folder, device="cpu", parts=PainterParts(compiles=True))
    assert len(traced) > 10
    few = (("guided_ratio", 0.5), ("iterations", 1))
    request = request_for(method="backward_guidance", num_inference_steps=2, parameters=few)
    quiet = {"on_progress": lambda *_: None, "on_preview": None}
    pictures = [one.render(request, check=lambda: None, **quiet) for one in (renderer, compiled)]  # type: ignore[arg-type]
    pixels = [torch.frombuffer(bytearray(picture.rgb), dtype=torch.uint8).int() for picture in pictures]
    assert (pixels[0] - pixels[1]).abs().max() <= 1
    asked: list[None] = []

    def check() -> None:
        asked.append(None)
        if len(asked) == 30:
            raise Cancelled

    with pytest.raises(Cancelled):
        compiled.render(request, check=check, **quiet)  # type: ignore[arg-type]
    assert len(asked) == 30
