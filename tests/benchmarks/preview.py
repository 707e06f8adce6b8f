"""How well previews show the finished picture, and what they cost: python -m tests.benchmarks.preview.

Held-out drawings are encoded; the linear preview and the tiny decoder's are compared with what the painter's own
decoder makes of the same latents (PSNR at the picture's size). Prints one JSON object: decibel and milliseconds of
each, of the whole decoder, and of one UNet forward with guidance; the median of ``--repeat`` runs.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch import Tensor

from lmd_desktop.domain.layout import Size
from lmd_desktop.rendering.decode import decode_latents
from lmd_desktop.rendering.devices import fitting_threads
from lmd_desktop.rendering.pipeline import Pipeline, load_pipeline
from lmd_desktop.rendering.preview import decoded_preview, fit_preview_matrix, preview_picture
from models.starter_world.examples import PAINTER
from models.starter_world.train_autoencoder import held_out_pictures
from models.starter_world.training import decibel

Shown = Callable[[Tensor], tuple[Size, bytes]]


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--painter", type=Path, default=PAINTER)
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=20)
    arguments = parser.parse_args()
    pipeline = load_pipeline(arguments.painter, device="cpu")
    parameters = sum(parameter.numel() for parameter in pipeline.unet.parameters())
    with torch.no_grad(), fitting_threads(pipeline.device, parameters):
        print(json.dumps(figures(pipeline, arguments.pictures, arguments.repeat), indent=1))


def figures(pipeline: Pipeline, pictures: int, repeat: int) -> dict[str, object]:
    """Of each kind of preview: ``psnr`` and ``ms``."""
    drawn = held_out_pictures(pictures)
    latents = pipeline.vae.encode(drawn).latent_dist.mode() * pipeline.vae.config["scaling_factor"]
    finished = torch.cat([decode_latents(pipeline, each[None]) for each in latents]).clamp(-1, 1)
    matrix, tiny = fit_preview_matrix(pipeline), pipeline.vae_tiny
    kinds: dict[str, Shown] = {"linear": lambda each: preview_picture(each, matrix)}
    if tiny is not None:
        kinds["tiny"] = lambda each: decoded_preview(each, tiny)
    found: dict[str, object] = {
        name: {"psnr": round(_psnr(show, latents, finished), 2), "ms": _milliseconds(show, latents[:1], repeat)}
        for name, show in kinds.items()
    }
    text = torch.zeros(2, 77, pipeline.unet.config["cross_attention_dim"])
    both, time_step = latents[:1].repeat(2, 1, 1, 1), torch.tensor(500)
    found["whole_decoder_ms"] = _milliseconds(lambda each: decode_latents(pipeline, each), latents[:1], repeat)
    found["unet_step_ms"] = _milliseconds(lambda _: pipeline.unet(both, time_step, text), latents[:1], repeat)
    return found


def _psnr(show: Shown, latents: Tensor, finished: Tensor) -> float:
    errors: list[float] = []
    for each, whole in zip(latents, finished, strict=True):
        size, rgb = show(each[None])
        shown = torch.frombuffer(bytearray(rgb), dtype=torch.uint8).view(1, size.height, size.width, 3).movedim(-1, 1)
        enlarged = functional.interpolate(shown / 127.5 - 1.0, size=whole.shape[-2:], mode="bilinear")
        errors.append(functional.mse_loss(enlarged[0], whole).item())
    return decibel(statistics.fmean(errors))


def _milliseconds(work: Callable[[Tensor], object], latents: Tensor, repeat: int) -> float:
    work(latents)
    seconds: list[float] = []
    for _ in range(repeat):
        begun = time.perf_counter()
        work(latents)
        seconds.append(time.perf_counter() - begun)
    return round(1000 * statistics.median(seconds), 2)


if __name__ == "__main__":
    main()
