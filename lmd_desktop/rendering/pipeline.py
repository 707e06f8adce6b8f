"""Loads the components of a Stable Diffusion 1.x / 2.x model from a diffusers folder; never a pickle, never the net."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.utils.logging import disable_progress_bar

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Size
from lmd_desktop.rendering.devices import choose_device, choose_dtype

log = logging.getLogger(__name__)

COMPONENTS = ("tokenizer", "text_encoder", "unet", "vae", "scheduler")
WEIGHT_FILES = {
    "unet": "diffusion_pytorch_model",
    "vae": "diffusion_pytorch_model",
    "text_encoder": "model",
}
PICKLES = (".ckpt", ".pt", ".pth", ".bin", ".pkl")
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
    # The second pair of SDXL.
    tokenizer_2: CLIPTokenizer | None = None
    text_encoder_2: CLIPTextModelWithProjection | None = None

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


def load_pipeline(model: Path, *, device: str) -> Pipeline:
    """Loads a diffusers folder; anything else is a UserError that says what it is instead."""
    if not model.exists():
        raise _unusable(f"There is no painter at “{model}”.", "Choose a folder in diffusers layout.")
    if model.is_file():
        raise _refused_file(model)
    _check_folder(model)
    target = choose_device(device)
    dtype = choose_dtype(target)
    try:
        pipeline = _load_folder(model, target, dtype)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        log.exception("loading %s failed", model)
        raise _unusable(
            f"The painter in “{model}” could not be loaded: {_first_line(error)}",
            "Check that the folder is complete, or choose another one.",
        ) from error
    log.info("loaded %s on %s as %s", model, target, dtype)
    return pipeline


def _load_folder(model: Path, device: torch.device, dtype: torch.dtype) -> Pipeline:
    disable_progress_bar()  # transformers writes one to standard error, which is the log here

    def load(loader: Any, part: str, **precision: torch.dtype) -> Any:
        module = loader.from_pretrained(
            model,
            subfolder=part,
            local_files_only=True,
            use_safetensors=True,
            variant=_variant(model, part),
            **precision,
        )
        # Guidance differentiates by the latents alone; gradients of the weights would only cost memory.
        return module.to(device).eval().requires_grad_(False)

    scheduler_config = json.loads((model / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    scheduler_class = getattr(diffusers, scheduler_config["_class_name"])
    return Pipeline(
        name=model.name,
        sha256=folder_sha256(model),
        tokenizer=CLIPTokenizer.from_pretrained(model / "tokenizer", local_files_only=True),
        text_encoder=load(CLIPTextModel, "text_encoder", dtype=dtype),
        unet=load(UNet2DConditionModel, "unet", torch_dtype=dtype),
        vae=load(AutoencoderKL, "vae", torch_dtype=dtype),
        scheduler_class=scheduler_class,
        scheduler_config=dict(scheduler_class.from_config(scheduler_config).config),
        device=device,
        dtype=dtype,
    )


def folder_sha256(model: Path) -> str:
    """One hash over the names and contents of every file of the components, in the order of their paths."""
    whole = hashlib.sha256()
    files = (file for part in COMPONENTS for file in (model / part).rglob("*"))
    for file in sorted(files, key=lambda path: path.relative_to(model).as_posix()):
        if file.is_file() and file.suffix in (".json", ".txt", ".safetensors"):
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            whole.update(f"{file.relative_to(model).as_posix()} {digest}\n".encode())
    return whole.hexdigest()


def _variant(model: Path, part: str) -> str | None:
    """Folders may hold half precision weights only, in files named after it."""
    stem = WEIGHT_FILES[part]
    has_default = any((model / part).glob(f"{stem}.safetensors*")) or any((model / part).glob(f"{stem}-*.safetensors"))
    return None if has_default else "fp16"


def _check_folder(model: Path) -> None:
    if not (model / "model_index.json").is_file():
        raise _unusable(
            f"The folder “{model}” holds no diffusers model (no model_index.json).",
            "Choose the folder that holds unet, vae and text_encoder.",
        )
    try:
        index = json.loads((model / "model_index.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise _unusable(f"“{model / 'model_index.json'}” is damaged.", "Copy the model again.") from error
    if "text_encoder_2" in index or "transformer" in index:
        raise _unusable(
            f"“{model.name}” is not a Stable Diffusion 1.x or 2.x model.", "Choose a model of one of these families."
        )
    missing = [part for part in COMPONENTS if not (model / part).is_dir()]
    if missing:
        raise _unusable(f"The painter in “{model}” lacks {', '.join(missing)}.", "Copy the model again.")
    for part in WEIGHT_FILES:
        if not any((model / part).glob("*.safetensors")):
            has_pickles = any(file.suffix in PICKLES for file in (model / part).iterdir())
            cause = "holds its weights as pickle files, which can run any code" if has_pickles else "has no weights"
            raise _unusable(f"“{model / part}” {cause}.", "Choose a model with .safetensors files.")


def _refused_file(model: Path) -> UserError:
    if model.suffix.lower() in PICKLES:
        return _unusable(
            f"“{model.name}” is a pickle file, which can run any code when it is opened.",
            "Choose a diffusers folder with .safetensors files.",
        )
    with model.open("rb") as stream:
        head = stream.read(64)
    if head.lstrip()[:1] == b"<":
        return _unusable(f"“{model.name}” is a web page, not a model.", "Download the model itself.")
    if model.suffix.lower() == ".safetensors":
        return _unusable(
            f"“{model.name}” is a single checkpoint file; this version reads diffusers folders only.",
            "Convert it with diffusers, or choose a folder.",
        )
    return _unusable(f"“{model.name}” is not a painter.", "Choose a folder in diffusers layout.")


def _unusable(cause: str, next_step: str) -> UserError:
    return UserError(cause, next_step, exit_code=ExitCode.MODEL_MISSING)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
