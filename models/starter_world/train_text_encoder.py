"""Trains the painter's text encoder with linear probes: python -m models.starter_world.train_text_encoder."""

from __future__ import annotations

import argparse
import logging
import random
import shutil
from typing import Any

import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from models.starter_world.probes import Probes, read_labels, sample_text
from models.starter_world.tokens import MAX_TOKENS, save_tokenizer
from models.starter_world.training import (
    STARTER_FOLDER,
    TRAINING_FOLDER,
    Run,
    load_checkpoint,
    prepare,
    recipe_arguments,
)

CHECKPOINT = TRAINING_FOLDER / "text_encoder.pt"
COMMITTED = STARTER_FOLDER / "painter" / "text_encoder"
TOKENIZER = TRAINING_FOLDER / "tokenizer"
WIDTH = 128
LAYERS = 3
BATCH = 64
PEAK_RATE = 1e-3
SHORT_LENGTH = 44

log = logging.getLogger(__name__)


def main() -> None:
    """Train until the budget is used up, then report the probes on fresh captions."""
    parser = recipe_arguments(__doc__ or "", minutes=5)
    parser.add_argument("--from-scratch", action="store_true", help="not from the committed weights")
    arguments = parser.parse_args()
    prepare(arguments)
    train(arguments)


def train(arguments: argparse.Namespace) -> None:
    """Encoder and probes together, on the CPU: it is a matter of minutes."""
    tokenizer = tokenizer_of_weights(from_scratch=arguments.from_scratch)
    encoder, state = start(tokenizer, from_scratch=arguments.from_scratch)
    probes = Probes(WIDTH)
    parameters = [*encoder.parameters(), *probes.parameters()]
    optimiser = torch.optim.AdamW(parameters, betas=(0.9, 0.98), weight_decay=0.01)
    run = Run(encoder, {optimiser: PEAK_RATE}, CHECKPOINT, arguments, state)
    while not run.is_over:
        loss, accuracy = probe_loss(encoder, probes, tokenizer, rng=run.rng)
        run.descend(loss)
        if run.step % 100 == 0:
            run.report(f"loss {loss.item():.3f}  {_readable(accuracy)}")
    with torch.no_grad():
        _, accuracy = probe_loss(encoder.eval(), probes, tokenizer, rng=random.Random(-1), batch=1000)
    log.info("finished: on 1000 fresh captions %s", _readable(accuracy))


def tokenizer_of_weights(*, from_scratch: bool) -> CLIPTokenizer:
    """The one that the weights were trained with; made anew, it would number equally common pieces in another order."""
    if CHECKPOINT.is_file():
        return CLIPTokenizer.from_pretrained(TOKENIZER)
    if from_scratch or not COMMITTED.is_dir():
        return save_tokenizer(TOKENIZER)
    shutil.copytree(COMMITTED.parent / "tokenizer", TOKENIZER, dirs_exist_ok=True)
    return CLIPTokenizer.from_pretrained(TOKENIZER)


def start(tokenizer: CLIPTokenizer, *, from_scratch: bool = False) -> tuple[CLIPTextModel, dict[str, Any] | None]:
    """From the last checkpoint, else from the committed weights, else from noise."""
    encoder = build(tokenizer)
    state = load_checkpoint(CHECKPOINT, torch.device("cpu"))
    if state is not None:
        encoder.load_state_dict(state["network"])
        return encoder, state
    if COMMITTED.is_dir() and not from_scratch:
        log.info("starting from the committed weights in %s", COMMITTED)
        encoder = CLIPTextModel.from_pretrained(COMMITTED).float()
    return encoder, None


def build(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """A small CLIP text model; its end token is not 2, which would switch pooling to a legacy path."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=WIDTH * 3,
        projection_dim=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        max_position_embeddings=MAX_TOKENS,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config)


def probe_loss(
    encoder: CLIPTextModel, probes: Probes, tokenizer: CLIPTokenizer, *, rng: random.Random, batch: int = BATCH
) -> tuple[torch.Tensor, dict[str, float]]:
    """One batch of fresh captions, now and then padded to the full length."""
    texts = [sample_text(rng) for _ in range(batch)]
    length = MAX_TOKENS if rng.random() < 0.15 else SHORT_LENGTH
    ids = tokenizer(texts, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids
    states = encoder(ids).last_hidden_state
    ends = (ids == tokenizer.eos_token_id).int().argmax(dim=1)
    return probes(states, ends, [read_labels(text) for text in texts])


def _readable(accuracy: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in accuracy.items())


if __name__ == "__main__":
    main()
