"""Batches for the painter: latents, what the text encoder says of their captions, and where the things are."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from models.starter_world import train_text_encoder
from models.starter_world.captions import write_caption, write_phrase
from models.starter_world.drawing import DrawnScene
from models.starter_world.latents import SHARD_FOLDER, Shard, read_shard
from models.starter_world.placing import Named
from models.starter_world.probes import COLOUR_NAMES, NO_COLOUR, THING_NAMES, read_labels, with_noise
from models.starter_world.tokens import MAX_TOKENS, QUALITY_WORDS
from models.starter_world.training import STARTER_FOLDER

PAINTER = STARTER_FOLDER / "painter"
SLOTS = 30  # as diffusers pads at inference
BATCH = 32
CELLS = 16
NAMED_WORDS = 6 * BATCH  # rows for the nouns and colours of one batch of captions
NO_CAPTION = 0.1
GROUNDED_BATCHES = 0.55
BOX_DROPPED = 0.1
SHARD_LOOK_S = 60.0


@dataclass(frozen=True, slots=True)
class Examples:
    """One batch: latents, text states, and for grounded batches what diffusers calls the GLIGEN arguments."""

    latents: Tensor  # (batch, 4, 16, 16)
    text: Tensor  # (batch, 77, width)
    grounding: dict[str, Tensor] | None
    named: Named
    covered: Tensor  # (batch, 16, 16): how much of a cell the boxes of things cover, 0..1


class Reader:
    """Turns captions and phrases into states of the frozen text encoder."""

    def __init__(self, encoder: CLIPTextModel, tokenizer: CLIPTokenizer, device: torch.device) -> None:
        self._encoder, self._tokenizer, self._device = encoder.eval().to(device), tokenizer, device
        self._pooled: dict[str, Tensor] = {}

    @torch.no_grad()
    def states(self, texts: list[str]) -> Tensor:
        """(texts, 77, width)."""
        return self._encoder(self._ids(texts)).last_hidden_state

    @torch.no_grad()
    def pooled(self, phrase: str) -> Tensor:
        """(width): what GLIGEN reads of a phrase."""
        if phrase not in self._pooled:
            self._pooled[phrase] = self._encoder(self._ids([phrase])).pooler_output[0]
        return self._pooled[phrase]

    def _ids(self, texts: list[str]) -> Tensor:
        batch = self._tokenizer(
            texts, padding="max_length", max_length=MAX_TOKENS, truncation=True, return_tensors="pt"
        )
        return batch.input_ids.to(self._device)


def text_reader(device: torch.device) -> Reader:
    """The newest text encoder there is."""
    if train_text_encoder.CHECKPOINT.is_file():
        tokenizer = CLIPTokenizer.from_pretrained(train_text_encoder.TOKENIZER)
        encoder, _ = train_text_encoder.start(tokenizer)
    else:
        tokenizer = CLIPTokenizer.from_pretrained(PAINTER / "tokenizer")
        encoder = CLIPTextModel.from_pretrained(PAINTER / "text_encoder").float()
    return Reader(encoder, tokenizer, device)


def batches(reader: Reader, rng: random.Random, device: torch.device) -> Iterator[Examples]:
    """Endless batches out of all shards that exist, newly drawn ones included."""
    shards: dict[Path, Shard] = {}
    pool: list[Shard] = []
    looked = float("-inf")
    while True:
        if time.monotonic() - looked > SHARD_LOOK_S:
            looked = time.monotonic()
            for path in sorted(SHARD_FOLDER.glob("*.pickle")):
                if path not in shards:
                    shards[path] = read_shard(path)
            if not shards:
                raise FileNotFoundError(f"no latents in {SHARD_FOLDER}: run python -m models.starter_world.latents")
            pool = list(shards.values())
        picked = [(shard, rng.randrange(len(shard.scenes))) for shard in rng.choices(pool, k=BATCH)]
        latents = torch.stack([shard.latents[place] for shard, place in picked]).float().to(device)
        scenes = [shard.scenes[place] for shard, place in picked]
        blind = [rng.random() < NO_CAPTION for _ in scenes]
        sights = zip(scenes, blind, strict=True)
        texts = [_no_caption(rng) if unseen else _caption(scene, rng) for scene, unseen in sights]
        grounding = None
        if rng.random() < GROUNDED_BATCHES:
            grounding = ground(scenes, blind, reader, rng=rng, device=device)
        named = named_cells(scenes, texts, device)
        yield Examples(latents, reader.states(texts), grounding, named, covered_cells(scenes, device))


def ground(
    scenes: list[DrawnScene], blind: list[bool], reader: Reader, *, rng: random.Random, device: torch.device
) -> dict[str, Tensor]:
    """Boxes as 0..1 corners, pooled phrases and masks; some boxes are dropped, blind scenes have none."""
    boxes = torch.zeros(len(scenes), SLOTS, 4)
    phrases = torch.zeros(len(scenes), SLOTS, train_text_encoder.WIDTH, device=device)
    masks = torch.zeros(len(scenes), SLOTS)
    for row, scene in enumerate(scenes):
        kept = [item for item in scene.items if rng.random() >= BOX_DROPPED and not blind[row]]
        for slot, item in enumerate(rng.sample(kept, len(kept))):
            corners = (item.x, item.y, item.x + item.width, item.y + item.height)
            boxes[row, slot] = torch.tensor(corners) / scene.size
            phrases[row, slot] = reader.pooled(write_phrase(item, rng))
            masks[row, slot] = 1.0
    return {"boxes": boxes.to(device), "positive_embeddings": phrases, "masks": masks.to(device)}


def covered_cells(scenes: list[DrawnScene], device: torch.device) -> Tensor:
    """(scenes, 16, 16): the share of each cell that lies in the box of some thing."""
    covered = torch.zeros(len(scenes), CELLS, CELLS)
    edges = torch.arange(CELLS, dtype=torch.float32)
    for row, scene in enumerate(scenes):
        cell = scene.size / CELLS
        for item in scene.items:
            wide = _overlap(edges, item.x / cell, (item.x + item.width) / cell)
            tall = _overlap(edges, item.y / cell, (item.y + item.height) / cell)
            covered[row] = torch.maximum(covered[row], tall[:, None] * wide[None, :])
    return covered.to(device)


def _overlap(edges: Tensor, first: float, last: float) -> Tensor:
    """How much of each unit cell, starting at its edge, lies between two places."""
    return ((edges + 1).clamp(max=last) - edges.clamp(min=first)).clamp(min=0.0)


def named_cells(scenes: list[DrawnScene], texts: list[str], device: torch.device) -> Named:
    """For every noun and its colour word: the cells that the things of this name cover."""
    rows: list[int] = []
    tokens: list[int] = []
    covered: list[Tensor] = []
    for row, (scene, text) in enumerate(zip(scenes, texts, strict=True)):
        for mention in read_labels(text).mentions:
            thing, coloured = THING_NAMES[mention.thing], mention.colour != NO_COLOUR
            cells = torch.zeros(CELLS, CELLS)
            for item in scene.items:
                if item.thing == thing and (not coloured or item.colour == COLOUR_NAMES[mention.colour]):
                    cell = scene.size / CELLS
                    top, bottom = round(item.y / cell), max(round((item.y + item.height) / cell), 1)
                    left, right = round(item.x / cell), max(round((item.x + item.width) / cell), 1)
                    cells[top:bottom, left:right] = 1.0
            if cells.any():
                places = (mention.word, mention.word + 1) if coloured else (mention.word + 1,)
                for place in places:
                    rows.append(row)
                    tokens.append(place)
                    covered.append(cells)
    used = min(len(rows), NAMED_WORDS)
    spare = NAMED_WORDS - used
    padding = [torch.zeros(CELLS, CELLS)] * spare
    return Named(
        torch.tensor(rows[:used] + [0] * spare, device=device),
        torch.tensor(tokens[:used] + [0] * spare, device=device),
        torch.stack(covered[:used] + padding).to(device),
        torch.tensor([1.0] * used + [0.0] * spare, device=device),
    )


def _caption(scene: DrawnScene, rng: random.Random) -> str:
    text = write_caption(scene, rng)
    return with_noise(text, rng) if rng.random() < 0.05 else text


def _no_caption(rng: random.Random) -> str:
    """Empty, or the quality words of negative prompts: both mean "any picture"."""
    return "" if rng.random() < 0.6 else ", ".join(rng.sample(QUALITY_WORDS, rng.randint(1, 10)))
