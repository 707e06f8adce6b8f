"""The SDXL refiner as a last stage after any method: the finished picture enlarged, noised a little, painted again."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.requests import RenderResult
from lmd_desktop.rendering.checkpoints.refiner import load_refiner
from lmd_desktop.rendering.decode import to_pixels
from lmd_desktop.rendering.devices import choose_device, choose_dtype, peak_memory_mb
from lmd_desktop.rendering.latents import paint_size, seeded
from lmd_desktop.rendering.monitor import OnProgress
from lmd_desktop.rendering.pipeline import painter_sha256

STAGE = "refine"


class Refiner:
    """Holds the refiner in memory between pictures; ``strength`` may change from one to the next."""

    def __init__(self, path: Path, *, device: str = "auto", allows_pickles: bool = False) -> None:
        self._device = choose_device(device)
        dtype = choose_dtype(self._device)
        self._pipeline = load_refiner(path, dtype=dtype, allows_pickles=allows_pickles)
        self._pipeline.to(self._device)
        self._sha256 = painter_sha256(path)
        self._name = path.stem

    def refine(
        self, result: RenderResult, strength: float, *, check: Callable[[], None], on_progress: OnProgress
    ) -> RenderResult:
        """The picture at the refiner's size, with the same prompts, steps and seed; Cancelled comes from ``check``."""
        request = result.request
        started = time.perf_counter()
        # The pipeline leaves out the first steps: at least one must remain.
        steps = max(request.num_inference_steps, math.ceil(1 / strength))
        total = max(1, int(steps * strength))

        def after_step(_: Any, index: int, __: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            check()
            on_progress(STAGE, index + 1, total, 0, None)
            return tensors

        check()
        on_progress(STAGE, 0, total, 0, None)
        size = self._size(result.size)
        picture = Image.frombytes("RGB", (result.size.width, result.size.height), result.rgb)
        with torch.no_grad():
            refined = self._pipeline(
                result.prompt,
                negative_prompt=result.negative_prompt or None,
                image=picture.resize((size.width, size.height), Image.Resampling.LANCZOS),
                strength=strength,
                num_inference_steps=steps,
                guidance_scale=request.guidance_scale,
                generator=seeded(request.seed),
                output_type="pt",
                callback_on_step_end=after_step,
            ).images
        pixels = to_pixels(refined * 2 - 1)
        return replace(
            result,
            size=size,
            rgb=pixels.numpy().tobytes(),
            model=f"{result.model} + {self._name}:{strength:g}",
            model_sha256=hashlib.sha256(f"{result.model_sha256} {self._sha256} {strength:g}".encode()).hexdigest(),
            seconds=(*result.seconds, (STAGE, time.perf_counter() - started)),
            peak_mb=max(result.peak_mb, peak_memory_mb(self._device)),
        )

    def _size(self, painted: Size) -> Size:
        unet, vae = self._pipeline.unet.config, self._pipeline.vae.config
        factor = 2 ** (len(vae["block_out_channels"]) - 1)
        side = unet["sample_size"] * factor
        multiple = factor * 2 ** (len(unet["block_out_channels"]) - 1)
        return paint_size(Size(side, side), multiple, canvas=painted, asked=None)
