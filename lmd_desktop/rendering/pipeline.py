"""The loaded painter: its components, and what follows from them. Nothing is fetched, no pickle opened unasked."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.utils.logging import disable_progress_bar

from lmd_desktop.catalog import file_sha256, inspect_painter
from lmd_desktop.catalog.file_kinds import unusable
from lmd_desktop.catalog.painter_folder import parts_sha256
from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.painter import PainterParts
from lmd_desktop.rendering.checkpoints.components import Components
from lmd_desktop.rendering.checkpoints.folder import load_folder
from lmd_desktop.rendering.checkpoints.gligen import with_gligen
from lmd_desktop.rendering.checkpoints.loras import add_loras
from lmd_desktop.rendering.checkpoints.single_file import load_single_file
from lmd_desktop.rendering.checkpoints.tensors import settings_of
from lmd_desktop.rendering.checkpoints.vae import load_vae
from lmd_desktop.rendering.devices import choose_device, choose_precision, is_out_of_memory
from lmd_desktop.rendering.memory_levels import MemoryLevel

log = logging.getLogger(__name__)

AS_IT_IS = PainterParts()
CLIP_VOCABULARY = 40_000  # the real CLIP has 49,408 tokens; a model of a small world has far fewer


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The loaded components and what follows from them."""

    name: str
    sha256: str
    tokenizer: CLIPTokenizer
    text_encoder: CLIPTextModel
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    scheduler_class: Any
    scheduler_config: dict[str, Any]
    device: torch.device
    dtype: torch.dtype
    reason: str = ""  # for this precision
    memory_level: MemoryLevel = MemoryLevel.NONE
    # The second pair of SDXL.
    tokenizer_2: CLIPTokenizer | None = None
    text_encoder_2: CLIPTextModelWithProjection | None = None
    vae_tiny: AutoencoderTiny | None = None  # for previews

    @property
    def is_xl(self) -> bool:
        return self.text_encoder_2 is not None

    @property
    def pooled_width(self) -> int:
        """How wide the vector of a whole prompt is that SDXL's UNet takes beside the tokens; 0 elsewhere."""
        return self.text_encoder_2.config.projection_dim or 0 if self.text_encoder_2 is not None else 0

    @property
    def vae_factor(self) -> int:
        """Pixels per latent cell."""
        return 2 ** (len(self.vae.config["block_out_channels"]) - 1)

    @property
    def size_multiple(self) -> int:
        """Sides of a picture must be multiples of this, or the UNet's up and down paths do not meet."""
        return self.vae_factor * 2 ** (len(self.unet.config["block_out_channels"]) - 1)

    @property
    def native_size(self) -> Size:
        sample = self.unet.config["sample_size"]
        rows, columns = (sample, sample) if isinstance(sample, int) else sample
        return Size(columns * self.vae_factor, rows * self.vae_factor)

    @property
    def is_gated(self) -> bool:
        """Whether the UNet has trained GLIGEN layers."""
        return self.unet.config["attention_type"] == "gated"

    @property
    def knows_clip_words(self) -> bool:
        """A model of a small world never saw words like "artifacts": in a negative prompt they are noise."""
        return len(self.tokenizer) >= CLIP_VOCABULARY

    def new_scheduler(self, num_inference_steps: int) -> Any:
        """A scheduler of its own for one loop: multistep solvers keep a history."""
        scheduler = self.scheduler_class.from_config(self.scheduler_config)
        scheduler.set_timesteps(num_inference_steps, device=self.device)
        return scheduler

    def alpha_bar(self, scheduler: Any, timestep: torch.Tensor) -> float:
        """The share of the clean picture's variance at this timestep (alphas_cumprod).

        Some schedulers step between the trained timesteps; there the noise level sigma, sqrt(1/alpha_bar - 1), is
        interpolated (Karras et al. 2022, as diffusers does).
        """
        below, share = divmod(float(timestep), 1.0)
        alpha_bar = float(scheduler.alphas_cumprod[int(below)])
        if share == 0.0:
            return alpha_bar
        above = float(scheduler.alphas_cumprod[int(below) + 1])
        sigma = (1.0 - share) * (1.0 / alpha_bar - 1.0) ** 0.5 + share * (1.0 / above - 1.0) ** 0.5
        return 1.0 / (sigma**2 + 1.0)


def load_pipeline(
    model: Path, *, device: str, parts: PainterParts = AS_IT_IS, memory_level: MemoryLevel = MemoryLevel.NONE
) -> Pipeline:
    """Loads a diffusers folder or a single checkpoint file; anything else is a UserError that says what it is."""
    info = inspect_painter(model, has_own_vae=parts.vae is not None, allows_pickles=parts.allows_pickles)
    target = choose_device(device)
    precision = choose_precision(target, info.size_bytes)
    dtype = precision.dtype
    is_offloaded = memory_level >= MemoryLevel.OFFLOADED
    place = torch.device("cpu") if is_offloaded else target
    disable_progress_bar()  # transformers writes one to standard error, which is the log here
    try:
        components = _load(model, parts, dtype)
        scheduler_class = getattr(diffusers, components.scheduler["_class_name"])
        pipeline = Pipeline(
            name=_name(model, parts),
            sha256=painter_sha256(model, parts),
            tokenizer=components.tokenizer,
            text_encoder=_placed(components.text_encoder, place),
            unet=_placed(components.unet, place),
            vae=_placed(components.vae, place),
            scheduler_class=scheduler_class,
            scheduler_config=dict(scheduler_class.from_config(components.scheduler).config),
            device=target,
            dtype=dtype,
            reason=precision.reason,
            memory_level=memory_level,
            tokenizer_2=components.tokenizer_2,
            text_encoder_2=_placed(components.text_encoder_2, place) if components.text_encoder_2 else None,
            vae_tiny=_placed(components.vae_tiny, target) if components.vae_tiny else None,
        )
    except (OSError, ValueError, KeyError, AttributeError, RuntimeError, TypeError) as error:
        if is_out_of_memory(error):
            raise
        log.exception("loading %s failed", model)
        raise unusable(
            f"The painter in “{model}” could not be loaded: {_first_line(error)}",
            "Check that it is complete, or choose another one.",
        ) from error
    log.info("loaded %s on %s as %s", pipeline.name, target, dtype)
    return pipeline


def painter_sha256(model: Path, parts: PainterParts = AS_IT_IS) -> str:
    """One hash over the names and contents of every file that a picture depends on, and the weights of the LoRAs."""
    own = parts_sha256(model) if model.is_dir() else file_sha256(model)
    if not parts.paths:
        return own
    amounts = [f"{lora.weight:g}" for lora in parts.loras]
    hashes = [parts_sha256(path) if path.is_dir() else file_sha256(path) for path in parts.paths]
    return hashlib.sha256("\n".join((own, *hashes, *amounts)).encode()).hexdigest()


def _load(model: Path, parts: PainterParts, dtype: torch.dtype) -> Components:
    """LoRAs go in before the gated layers, whose names they do not know."""
    if model.is_dir():
        components = load_folder(model, dtype=dtype)
        if parts.vae is not None:
            vae = load_vae(parts.vae, settings_of(components.vae), dtype=dtype, allows_pickles=parts.allows_pickles)
            components = replace(components, vae=vae)
    else:
        components = load_single_file(model, parts.vae, dtype=dtype, allows_pickles=parts.allows_pickles)
    if parts.loras:
        add_loras(components, parts.loras, allows_pickles=parts.allows_pickles)
    if parts.gligen is not None:
        unet = with_gligen(components.unet, parts.gligen, dtype=dtype, allows_pickles=parts.allows_pickles)
        components = replace(components, unet=unet)
    return components


def _placed(module: Any, device: torch.device) -> Any:
    # Guidance differentiates by the latents alone; gradients of the weights would only cost memory.
    return module.to(device).eval().requires_grad_(False)


def _name(model: Path, parts: PainterParts) -> str:
    """With everything that was put in, so that a record tells how to repeat the picture."""
    loras = [f"{lora.path.stem}:{lora.weight:g}" for lora in parts.loras]
    others = [path.stem for path in (parts.vae, parts.gligen) if path is not None]
    return " + ".join((model.name if model.is_dir() else model.stem, *loras, *others))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
