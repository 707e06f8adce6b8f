"""Trains the painter's UNet with its grounding layers: python -m models.starter_world.train_painter."""

from __future__ import annotations

import argparse
import logging
import random
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention import GatedSelfAttentionDense
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from models.starter_world import train_text_encoder
from models.starter_world.captions import write_caption, write_phrase
from models.starter_world.drawing import DrawnScene
from models.starter_world.latents import SHARD_FOLDER, Shard, read_shard
from models.starter_world.placing import Named, watch_placing, watch_words
from models.starter_world.probes import COLOUR_NAMES, NO_COLOUR, THING_NAMES, read_labels, with_noise
from models.starter_world.tokens import MAX_TOKENS, QUALITY_WORDS
from models.starter_world.training import (
    CHECKPOINT_INTERVAL_S,
    STARTER_FOLDER,
    TRAINING_FOLDER,
    Average,
    Budget,
    learning_rate,
    load_checkpoint,
    prepare,
    recipe_arguments,
    save_checkpoint,
    set_learning_rate,
)

CHECKPOINT = TRAINING_FOLDER / "painter.pt"
COMMITTED = STARTER_FOLDER / "painter"
CHANNELS = (48, 96)
HEADS = 4
SLOTS = 30  # as diffusers pads at inference
BATCH = 16
PEAK_RATE = 1e-3
SNR_LIMIT = 5.0  # Hang et al. 2023, min-SNR weighting
NO_CAPTION = 0.1
GROUNDED_BATCHES = 0.55
BOX_DROPPED = 0.1
FIRST_GATE = 1.0
PLACE_WEIGHT = 0.1
WORD_WEIGHT = 0.1
SHARD_LOOK_S = 60.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Examples:
    """One batch: latents, text states, and for grounded batches what diffusers calls the GLIGEN arguments."""

    latents: Tensor  # (batch, 4, 16, 16)
    text: Tensor  # (batch, 77, width)
    grounding: dict[str, Tensor] | None
    named: Named


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


def main() -> None:
    """Base and grounding layers together, until the budget is used up."""
    parser = recipe_arguments(__doc__ or "", minutes=90)
    parser.add_argument("--compile", action="store_true", help="faster steps after some minutes of compiling")
    arguments = parser.parse_args()
    train(arguments, prepare(arguments))


def train(arguments: argparse.Namespace, device: torch.device) -> None:
    """The loop: noise, predict, weigh, step, average."""
    reader = text_reader(device)
    unet, average, state = start(device)
    step, used_s = (int(state["step"]), float(state["used_s"])) if state else (0, 0.0)
    optimiser = torch.optim.AdamW(unet.parameters(), betas=(0.9, 0.99), weight_decay=0.01)
    if state:
        optimiser.load_state_dict(state["optimiser"])
    snr = signal_to_noise(device)
    watch, words = watch_placing(unet, SLOTS), watch_words(unet)
    scheduler = noise_scheduler()
    budget = Budget(arguments.minutes, used_s)
    rng = random.Random(arguments.seed * 1000 + step)
    predict = torch.compile(unet) if arguments.compile else unet
    placing, wording = deque[float](maxlen=100), deque[float](maxlen=100)
    kept = scheduler.alphas_cumprod.to(device)
    losses = {True: deque[float](maxlen=400), False: deque[float](maxlen=400)}
    saved = time.monotonic()
    for examples in batches(reader, rng, device):
        noise = torch.randn_like(examples.latents)
        times = torch.randint(0, scheduler.config["num_train_timesteps"], (len(noise),), device=device)
        noisy = scheduler.add_noise(examples.latents, noise, times)
        extra = {"gligen": dict(examples.grounding)} if examples.grounding else None
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            predicted = predict(noisy, times, examples.text, cross_attention_kwargs=extra).sample
        error = (predicted.float() - noise).square().mean(dim=(1, 2, 3))
        loss = (error * (snr[times].clamp(max=SNR_LIMIT) / snr[times])).mean()
        if examples.grounding:
            place_loss = watch.loss(examples.grounding["boxes"], examples.grounding["masks"])
            placing.append(place_loss.item())
        else:
            place_loss = loss.new_zeros(())
        word_loss = words.loss(examples.named, torch.ones_like(error) if extra else kept[times])
        wording.append(word_loss.item())
        set_learning_rate(optimiser, learning_rate(budget.share, step, peak=PEAK_RATE, warm_up_steps=200))
        (loss + PLACE_WEIGHT * place_loss + WORD_WEIGHT * word_loss).backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        average.update(unet)
        losses[extra is not None].append(loss.item())
        step += 1
        if step % 100 == 0:
            placed = sum(placing) / max(len(placing), 1)
            worded = sum(wording) / len(wording)
            log.info(
                "step %d  %.0f s  loss %s, placing %.3f, words %.3f",
                step,
                budget.elapsed_s,
                _means(losses),
                placed,
                worded,
            )
        if time.monotonic() - saved > CHECKPOINT_INTERVAL_S or budget.share >= 1.0:
            save_state(unet, average, optimiser, step=step, used_s=budget.elapsed_s)
            saved = time.monotonic()
        if budget.share >= 1.0:
            return


def build(width: int) -> UNet2DConditionModel:
    """Two levels, 16 and 8 cells wide, with cross-attention and grounding on both and in the middle."""
    unet = UNet2DConditionModel(
        sample_size=16,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        block_out_channels=CHANNELS,
        layers_per_block=1,
        cross_attention_dim=width,
        attention_head_dim=HEADS,
        norm_num_groups=16,
        attention_type="gated",
    )
    for module in unet.modules():
        if isinstance(module, GatedSelfAttentionDense):
            torch.nn.init.constant_(module.alpha_attn, FIRST_GATE)
            torch.nn.init.constant_(module.alpha_dense, FIRST_GATE)
    return unet


def start(device: torch.device) -> tuple[UNet2DConditionModel, Average, dict[str, object] | None]:
    """From the last checkpoint, else from the committed weights, else from noise."""
    state = load_checkpoint(CHECKPOINT, device)
    if state is None and (COMMITTED / "unet").is_dir():
        log.info("starting from the committed weights in %s", COMMITTED)
        unet = UNet2DConditionModel.from_pretrained(COMMITTED / "unet").float()
    else:
        unet = build(train_text_encoder.WIDTH)
    unet = unet.to(device).train()
    if state:
        unet.load_state_dict(state["network"])
    average = Average(unet, decay=0.999)
    if state:
        average.weights, average.steps = state["average"], int(state["step"])
    return unet, average, state


def text_reader(device: torch.device) -> Reader:
    """The newest text encoder there is."""
    if train_text_encoder.CHECKPOINT.is_file():
        tokenizer = CLIPTokenizer.from_pretrained(train_text_encoder.TOKENIZER)
        encoder, _, _ = train_text_encoder.start(tokenizer)
    else:
        tokenizer = CLIPTokenizer.from_pretrained(COMMITTED / "tokenizer")
        encoder = CLIPTextModel.from_pretrained(COMMITTED / "text_encoder").float()
    return Reader(encoder, tokenizer, device)


def noise_scheduler() -> DDIMScheduler:
    """Stable Diffusion's schedule."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def signal_to_noise(device: torch.device) -> Tensor:
    """Signal-to-noise ratio of every training timestep."""
    kept = noise_scheduler().alphas_cumprod.to(device)
    return kept / (1 - kept)


def batches(reader: Reader, rng: random.Random, device: torch.device) -> Iterator[Examples]:
    """Endless batches out of all shards that exist, newly drawn ones included."""
    shards: dict[Path, Shard] = {}
    looked = -SHARD_LOOK_S
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
        yield Examples(latents, reader.states(texts), grounding, named_cells(scenes, texts, device))


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


def named_cells(scenes: list[DrawnScene], texts: list[str], device: torch.device) -> Named:
    """For every noun and its colour word: the cells that the things of this name cover."""
    rows: list[int] = []
    tokens: list[int] = []
    covered: list[Tensor] = []
    side = 16
    for row, (scene, text) in enumerate(zip(scenes, texts, strict=True)):
        for mention in read_labels(text).mentions:
            thing, coloured = THING_NAMES[mention.thing], mention.colour != NO_COLOUR
            cells = torch.zeros(side, side)
            for item in scene.items:
                if item.thing == thing and (not coloured or item.colour == COLOUR_NAMES[mention.colour]):
                    cell = scene.size / side
                    top, bottom = round(item.y / cell), max(round((item.y + item.height) / cell), 1)
                    left, right = round(item.x / cell), max(round((item.x + item.width) / cell), 1)
                    cells[top:bottom, left:right] = 1.0
            if cells.any():
                places = (mention.word, mention.word + 1) if coloured else (mention.word + 1,)
                for place in places:
                    rows.append(row)
                    tokens.append(place)
                    covered.append(cells)
    empty = torch.zeros(0, side, side)
    cells = torch.stack(covered) if covered else empty
    return Named(torch.tensor(rows, dtype=torch.long), torch.tensor(tokens, dtype=torch.long), cells.to(device))


def _caption(scene: DrawnScene, rng: random.Random) -> str:
    text = write_caption(scene, rng)
    return with_noise(text, rng) if rng.random() < 0.05 else text


def _no_caption(rng: random.Random) -> str:
    """Empty, or the quality words of negative prompts: both mean "any picture"."""
    return "" if rng.random() < 0.6 else ", ".join(rng.sample(QUALITY_WORDS, rng.randint(1, 10)))


def _means(losses: dict[bool, deque[float]]) -> str:
    words = {True: "grounded", False: "plain"}
    return ", ".join(f"{words[key]} {sum(kept) / max(len(kept), 1):.4f}" for key, kept in losses.items())


def save_state(
    unet: UNet2DConditionModel, average: Average, optimiser: torch.optim.Optimizer, *, step: int, used_s: float
) -> None:
    """Everything that a resumed run needs."""
    state = {
        "network": unet.state_dict(),
        "average": average.weights,
        "optimiser": optimiser.state_dict(),
        "step": step,
        "used_s": used_s,
    }
    save_checkpoint(CHECKPOINT, state)


if __name__ == "__main__":
    main()
