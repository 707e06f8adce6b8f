"""Tiny random Stable Diffusion folders: the real classes, two levels, gated attention, a byte-level CLIP tokenizer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.rendering.denoise import denoise, overall_task
from lmd_desktop.rendering.method import Method, read_parameters
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.pipeline import Pipeline, load_pipeline
from lmd_desktop.rendering.renderer import Renderer
from lmd_desktop.rendering.run import prepare_run

WIDTH = 32


def save_tiny_model(folder: Path, *, attention_type: str = "gated", heads: int = 2, is_deep: bool = False) -> Path:
    """A whole model of random weights, about a megabyte; ``is_deep`` has the four levels of Stable Diffusion."""
    torch.manual_seed(11)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(folder / "tokenizer")
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=77,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    CLIPTextModel(text).save_pretrained(folder / "text_encoder")
    crossed, crossing = "CrossAttnDownBlock2D", "CrossAttnUpBlock2D"
    unet = UNet2DConditionModel(
        sample_size=64 if is_deep else 16,
        block_out_channels=(16, 16, 16, 16) if is_deep else (16, 32),
        layers_per_block=2 if is_deep else 1,
        down_block_types=(crossed, crossed, crossed, "DownBlock2D") if is_deep else (crossed, crossed),
        up_block_types=("UpBlock2D", crossing, crossing, crossing) if is_deep else (crossing, crossing),
        cross_attention_dim=WIDTH,
        attention_head_dim=heads,
        norm_num_groups=8,
        attention_type=attention_type,
    )
    for name, parameter in unet.named_parameters():
        if "alpha_" in name or "null_" in name:  # untrained gates are closed: open them
            torch.nn.init.normal_(parameter, mean=0.5, std=0.2)
    unet.save_pretrained(folder / "unet")
    AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=128,
        mid_block_add_attention=False,
    ).save_pretrained(folder / "vae")
    DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    ).save_pretrained(folder / "scheduler")
    index = {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}
    (folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def _tokenizer(folder: Path) -> CLIPTokenizer:
    """Bytes with and without the end-of-word mark, and a few merges so that words have different lengths."""
    letters = [chr(code) for code in (*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324))]
    merges = [("c", "a"), ("ca", "r</w>"), ("r", "e"), ("re", "d</w>"), ("a", "p"), ("ap", "p"), ("w", "i")]
    words = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(merge) for merge in merges)]
    vocabulary = {word: index for index, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)
    tokenizer.save_pretrained(folder)
    return tokenizer


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Threads only wait for each other on models as small as these."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def gated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("models") / "gated")


@pytest.fixture(scope="session")
def plain_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("models") / "plain", attention_type="default")


@pytest.fixture(scope="session")
def pipeline(gated_folder: Path) -> Pipeline:
    return load_pipeline(gated_folder, device="cpu")


@pytest.fixture(scope="session")
def renderer(gated_folder: Path) -> Renderer:
    return Renderer(gated_folder, device="cpu")


def box(box_id: str, phrase: str, rect: tuple[int, int, int, int], **changes: object) -> Box:
    return Box(id=box_id, phrase=phrase, rect=Rect(*rect), colour="#000000", **changes)  # type: ignore[arg-type]


@pytest.fixture
def layout() -> Layout:
    return Layout(
        canvas=Size(512, 512),
        boxes=(box("1", "a red car", (32, 288, 192, 128)), box("2", "a blue cup", (304, 256, 128, 160))),
        background_prompt="a grass field",
        negative_prompt="cats",
    )


@pytest.fixture
def request_for(layout: Layout) -> Callable[..., RenderRequest]:
    """A small request with three steps; keywords change it."""

    def make(**changes: object) -> RenderRequest:
        values: dict[str, object] = {"layout": layout, "num_inference_steps": 4, "method": "lmd_plus", "seed": 5}
        return RenderRequest(**(values | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture
def paint(renderer: Renderer) -> Callable[[RenderRequest], RenderResult]:
    """Paints without watching."""

    def paint(request: RenderRequest) -> RenderResult:
        return renderer.render(request, check=lambda: None, on_progress=lambda *_: None, on_preview=None)

    return paint


@pytest.fixture
def latents_of() -> Callable[..., torch.Tensor]:
    """The finished latents of a request, before they are decoded."""

    def latents_of(pipeline: Pipeline, request: RenderRequest, method: type[Method]) -> torch.Tensor:
        monitor = Monitor(lambda: None, lambda *_: None, None)
        parameters = read_parameters(method.spec, request)
        with torch.no_grad():
            run = prepare_run(
                pipeline,
                request,
                parameters=parameters,
                monitor=monitor,
                joins_box_negatives=method.joins_box_negatives,
            )
            painter = method(run)
            return denoise(overall_task(run, painter.start()), painter)

    return latents_of
