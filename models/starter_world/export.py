"""Writes the trained parts as one diffusers folder in a small size: python -m models.starter_world.export."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from transformers import CLIPTokenizer

from models.starter_world import train_painter, train_text_encoder
from models.starter_world.examples import PAINTER
from models.starter_world.train_autoencoder import trained_autoencoder
from models.starter_world.training import TRAINING_FOLDER, prepare, recipe_arguments, without_keys

PARTS = ("text_encoder", "tokenizer", "unet", "vae", "scheduler", "model_index.json")

log = logging.getLogger(__name__)


def main() -> None:
    """Average weights of the last checkpoint, beside the frozen parts."""
    parser = recipe_arguments(__doc__ or "", minutes=0)
    parser.add_argument("--folder", type=Path, default=PAINTER)
    arguments = parser.parse_args()
    prepare(arguments)
    pipeline = assemble()
    temporary = TRAINING_FOLDER / "export"
    shutil.rmtree(temporary, ignore_errors=True)
    pipeline.unet.half()
    pipeline.vae.half()
    # The text encoder stays in full precision: transformers loads what is stored, diffusers full precision.
    pipeline.save_pretrained(temporary, safe_serialization=True)
    for written in (temporary / "model_index.json", *temporary.glob("*/config.json")):
        without_keys(written, "_name_or_path")  # where the parts came from on this machine
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for weights in temporary.rglob("*.safetensors"):
        weights.chmod(0o644)
    is_new = train_text_encoder.CHECKPOINT.is_file()
    tokenizer = train_text_encoder.TOKENIZER if is_new else PAINTER / "tokenizer"
    for name in ("vocab.json", "merges.txt"):  # what readers older than tokenizer.json look for
        shutil.copy(tokenizer / name, temporary / "tokenizer")
    for part in PARTS:
        source, target = temporary / part, arguments.folder / part
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)
    log.info("wrote %s", arguments.folder)


def assemble() -> StableDiffusionPipeline:
    """The newest parts as a pipeline in full precision; the UNet with its averaged weights."""
    device = torch.device("cpu")
    unet, average, state = train_painter.start(device)
    unet.load_state_dict(average.weights)
    log.info("painter after %s steps", state["step"] if state else "no new")
    if train_text_encoder.CHECKPOINT.is_file():
        tokenizer = CLIPTokenizer.from_pretrained(train_text_encoder.TOKENIZER)
        encoder, _ = train_text_encoder.start(tokenizer)
    else:
        pipeline = StableDiffusionPipeline.from_pretrained(PAINTER)
        tokenizer, encoder = pipeline.tokenizer, pipeline.text_encoder.float()
    return StableDiffusionPipeline(
        vae=trained_autoencoder(device),
        text_encoder=encoder.eval(),
        tokenizer=tokenizer,
        unet=unet.eval(),
        scheduler=train_painter.noise_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


if __name__ == "__main__":
    main()
