"""Adds LoRAs (Hu et al., 2021) to the weights of a painter, each by as much as was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lmd_desktop.catalog.file_kinds import unusable
from lmd_desktop.catalog.weight_kinds import CONTEXT_WIDTHS, context_width, tell_kind
from lmd_desktop.domain.painter import Lora
from lmd_desktop.rendering.checkpoints.components import Components
from lmd_desktop.rendering.checkpoints.tensors import Tensors, read_tensors, shapes_of

CHOOSE_LORA = "Choose a LoRA (.safetensors) that was trained on the painter's family."


def add_loras(components: Components, loras: Sequence[Lora], *, allows_pickles: bool) -> None:
    """Changes the weights of UNet and text encoders for good: nothing is slower, and methods see plain layers.

    Raises UserError if a file is no LoRA or was made for another family.
    """
    pipeline = _pipeline(components)
    names = [f"lora_{index}" for index in range(len(loras))]
    for name, lora in zip(names, loras, strict=True):
        tensors = _lora_tensors(lora, components, allows_pickles=allows_pickles)
        try:
            pipeline.load_lora_weights(tensors, adapter_name=name)
        except (ValueError, RuntimeError, KeyError, IndexError) as error:
            raise unusable(f"The LoRA “{lora.path.name}” does not fit this painter: {error}", CHOOSE_LORA) from error
        if name not in {adapter for adapters in pipeline.get_list_adapters().values() for adapter in adapters}:
            raise unusable(f"The LoRA “{lora.path.name}” changes nothing in this painter.", CHOOSE_LORA)
    pipeline.set_adapters(names, [lora.weight for lora in loras])
    parts = [part for part in ("unet", "text_encoder", "text_encoder_2") if getattr(pipeline, part, None) is not None]
    pipeline.fuse_lora(components=parts, adapter_names=names)
    pipeline.unload_lora_weights()


def _lora_tensors(lora: Lora, components: Components, *, allows_pickles: bool) -> Tensors:
    tensors = read_tensors(lora.path, allows_pickles=allows_pickles, what="LoRA")
    shapes = shapes_of(tensors)
    kind = tell_kind(shapes)
    if kind is None or kind.name != "lora":
        told = kind.told(shapes, "a LoRA") if kind else "not a LoRA"
        raise unusable(f"“{lora.path}” is {told}.", CHOOSE_LORA)
    theirs, ours = context_width(shapes), components.unet.config["cross_attention_dim"]
    if theirs is not None and theirs != ours:
        whose = [CONTEXT_WIDTHS.get(width, f"text of width {width}") for width in (theirs, ours)]
        raise unusable(f"The LoRA “{lora.path.name}” is for {whose[0]}, the painter is {whose[1]}.", CHOOSE_LORA)
    return tensors


def _pipeline(components: Components) -> Any:
    """diffusers reads the many layouts of LoRA files only with a pipeline around the modules."""
    # Importing these takes a second that nobody without LoRAs should wait.
    from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
    from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
    from diffusers.schedulers.scheduling_ddim import DDIMScheduler

    own: dict[str, Any] = {
        "vae": components.vae,
        "text_encoder": components.text_encoder,
        "tokenizer": components.tokenizer,
        "unet": components.unet,
        "scheduler": DDIMScheduler(steps_offset=1, clip_sample=False),  # never run
    }
    if components.text_encoder_2 is not None:
        second = {"text_encoder_2": components.text_encoder_2, "tokenizer_2": components.tokenizer_2}
        return StableDiffusionXLPipeline(**own, **second, add_watermarker=False)
    without: dict[str, Any] = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    return StableDiffusionPipeline(**own, **without)
