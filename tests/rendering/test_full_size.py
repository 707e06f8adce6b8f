"""Painters of true size in the formats of their true files, with random weights: loaded, and two steps painted.

Never more than about 8 GB at a time: half precision on disk, one painter at a time, deleted afterwards.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import original_layouts as original
import pytest
import torch
from accelerate import init_empty_weights
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from lmd_desktop.catalog import resources_folder
from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.painter import Lora, PainterParts
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.rendering import pipeline as pipeline_module
from lmd_desktop.rendering.checkpoints.configs import family_config
from lmd_desktop.rendering.devices import Precision
from lmd_desktop.rendering.renderer import Renderer

Make = Callable[..., RenderRequest]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """For files of several gigabytes, which must not stay until pytest clears old folders."""
    yield tmp_path
    for entry in tmp_path.iterdir():
        if entry.name != "home":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def paint(renderer: Renderer, request: RenderRequest) -> RenderResult:
    result = renderer.render(request, check=lambda: None, on_progress=lambda *_: None, on_preview=None)
    assert len(set(result.rgb)) > 10
    return result


def test_stable_diffusion_1_5_as_one_file_with_gligen_and_a_lora(folder: Path, request_for: Make) -> None:
    shapes = original.checkpoint(original.SD1)
    assert original.parameters(original.unet(original.SD1)) == 859_520_964  # the published model
    layers = original.gligen(original.SD1)
    gates = {name: 0.3 for name in layers if ".alpha_" in name}
    parts = PainterParts(
        loras=(Lora(original.write(folder / "lora.safetensors", original.lora(original.SD1)), 0.5),),
        gligen=original.write(folder / "gligen.safetensors", layers, values=gates),
    )
    file = original.write(folder / "v1-5-pruned-emaonly.safetensors", shapes)
    renderer = Renderer(file, device="cpu", parts=parts)
    assert renderer.native_size == Size(512, 512)
    assert renderer.can == ("gligen",)
    request = request_for(
        method="gligen", parameters=(("grounding_ratio", 1.0),), num_inference_steps=2, size=Size(128, 128)
    )
    assert paint(renderer, request).model == "v1-5-pruned-emaonly + lora:0.5 + gligen"


@pytest.mark.slow
def test_stable_diffusion_2_1_as_a_folder_in_half_precision(folder: Path, request_for: Make) -> None:
    configs = family_config("sd2")
    configs["unet"]["sample_size"] = 96
    configs["scheduler"]["prediction_type"] = "v_prediction"
    with init_empty_weights():
        modules: dict[str, Any] = {
            "unet": UNet2DConditionModel.from_config(configs["unet"]),
            "vae": AutoencoderKL.from_config(configs["vae"]),
            "text_encoder": CLIPTextModel(CLIPTextConfig(**configs["text_encoder"])),
        }
    painter = folder / "stable-diffusion-2-1"
    for part, module in modules.items():
        (painter / part).mkdir(parents=True)
        shapes = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
        stem = "model" if part == "text_encoder" else "diffusion_pytorch_model"
        original.write(painter / part / f"{stem}.fp16.safetensors", shapes)
        (painter / part / "config.json").write_text(json.dumps(configs[part]), encoding="utf-8")
    shutil.copytree(resources_folder() / "clip", painter / "tokenizer")
    (painter / "scheduler").mkdir()
    (painter / "scheduler" / "scheduler_config.json").write_text(json.dumps(configs["scheduler"]), encoding="utf-8")
    (painter / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}', encoding="utf-8")
    renderer = Renderer(painter, device="cpu")
    assert renderer.native_size == Size(768, 768)
    paint(renderer, request_for(method="plain", num_inference_steps=2, size=Size(128, 128)))


@pytest.mark.slow
def test_sdxl_as_one_file(folder: Path, request_for: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    half = Precision(torch.bfloat16, "14 GB otherwise")
    monkeypatch.setattr(pipeline_module, "choose_precision", lambda *_: half)
    file = original.write(folder / "sd_xl_base_1.0.safetensors", original.checkpoint(original.SDXL))
    renderer = Renderer(file, device="cpu")
    assert renderer.native_size == Size(1024, 1024)
    paint(renderer, request_for(method="plain", num_inference_steps=2, size=Size(128, 128)))
