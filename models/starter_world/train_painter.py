"""Trains the painter's UNet with its grounding layers: python -m models.starter_world.train_painter."""

from __future__ import annotations

import argparse
import logging
from collections import deque

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention import GatedSelfAttentionDense
from torch import Tensor

from models.starter_world import train_text_encoder
from models.starter_world.examples import PAINTER, SLOTS, Examples, batches, text_reader
from models.starter_world.placing import watch_placing, watch_words
from models.starter_world.planner.muon import Muon
from models.starter_world.train_autoencoder import trained_autoencoder
from models.starter_world.training import (
    TRAINING_FOLDER,
    Average,
    Run,
    compiled,
    gains_and_matrices,
    load_checkpoint,
    prepare,
    recipe_arguments,
    upsample_by_repeating,
)
from models.starter_world.widening import wider_painter

CHECKPOINT = TRAINING_FOLDER / "painter.pt"
CHANNELS = (64, 128)
HEADS = 4
PEAK_RATE = 1e-3
MATRIX_RATE = 0.008
# Weight of a clean picture's error: the signal-to-noise ratio, at most 5 (Hang et al. 2023, min-SNR), and at least 0.3.
# Without the floor the noisy half of the timesteps, where it is decided what goes where, hardly counts.
SNR_LIMIT, SNR_FLOOR = 5.0, 0.3
# Methods use the grounding layers in the first, noisy steps: most grounded batches practise there.
GROUNDED_FROM = 400
GROUNDED_EARLY = 0.8
FIRST_GATE = 1.0
PLACE_WEIGHT = 0.1
WORD_WEIGHT = 0.1
# Backgrounds fill most cells: without this the shapes of things hardly count. While a caption alone leaves open where
# things are, weighing their cells would only teach to paint more of them.
THING_WEIGHT = 3.0
# The first four latent channels carry what and where (those of version 1), all others together sharpen it: both halves
# count the same.
STRUCTURE_CHANNELS = 4

log = logging.getLogger(__name__)


def main() -> None:
    """Base and grounding layers together, until the budget is used up."""
    parser = recipe_arguments(__doc__ or "", minutes=90)
    parser.add_argument("--from-scratch", action="store_true", help="not from the committed weights: new latents")
    arguments = parser.parse_args()
    train(arguments, prepare(arguments))


def train(arguments: argparse.Namespace, device: torch.device) -> None:
    """The loop: noise, predict, weigh, step, average."""
    reader = text_reader(device)
    unet, average, state = start(device, from_scratch=arguments.from_scratch)
    scheduler = noise_scheduler()
    kept = scheduler.alphas_cumprod.to(device)
    objective = compiled(Objective(unet, kept), device)
    rates = dict(zip(optimisers_of(unet), (PEAK_RATE, MATRIX_RATE), strict=True))
    run = Run(unet, rates, CHECKPOINT, arguments, state, average=average, warm_up_steps=200)
    losses = {name: deque[Tensor](maxlen=100) for name in ("plain", "grounded")}
    for examples in batches(reader, run.rng, device):
        if run.is_over:
            return
        noise = torch.randn_like(examples.latents)
        first = GROUNDED_FROM if examples.grounding and run.rng.random() < GROUNDED_EARLY else 0
        times = torch.randint(first, scheduler.config["num_train_timesteps"], (len(noise),), device=device)
        noisy = scheduler.add_noise(examples.latents, noise, times)
        loss, parts = objective(noisy, times, noise, examples)
        run.descend(loss)
        losses["grounded" if examples.grounding else "plain"].append(parts)
        if run.step % 100 == 0:
            run.report(_means(losses))


class Objective:
    """Error of the predicted noise, weighed by timestep, with what attention should look at."""

    def __init__(self, unet: UNet2DConditionModel, alphas_cumprod: Tensor) -> None:
        self._unet = unet
        upsample_by_repeating(unet)
        self._kept = alphas_cumprod
        self._snr = alphas_cumprod / (1 - alphas_cumprod)
        self._words, self._placing = watch_words(unet), watch_placing(unet, SLOTS)
        self._channel_weight = channel_weight(unet.config["in_channels"]).to(alphas_cumprod.device)

    def __call__(self, noisy: Tensor, times: Tensor, noise: Tensor, examples: Examples) -> tuple[Tensor, Tensor]:
        """The loss, and its parts for the log: (denoising, things), and for grounded batches (placing, words)."""
        grounding = examples.grounding
        extra = {"gligen": dict(grounding)} if grounding else None
        self._placing.is_watching = self._words.is_watching = grounding is not None
        with torch.autocast(noisy.device.type, torch.bfloat16):
            predicted = self._unet(noisy, times, examples.text, cross_attention_kwargs=extra).sample
        error = ((predicted.float() - noise).square() * self._channel_weight).mean(dim=1)  # (batch, rows, columns)
        snr = self._snr[times]
        snr_weight = (snr.clamp(SNR_FLOOR, SNR_LIMIT) / snr)[:, None, None]
        sureness = torch.ones_like(snr) if grounding else self._kept[times].sqrt()
        thing_weight = 1 + THING_WEIGHT * sureness[:, None, None] * examples.covered
        loss = (error * snr_weight * thing_weight).mean()
        in_things = (error * snr_weight * examples.covered).sum() / examples.covered.sum()
        parts = [(error * snr_weight).mean(), in_things]
        if grounding:
            place_loss = self._placing.loss(grounding["boxes"], grounding["masks"])
            word_loss = self._words.loss(examples.named, torch.ones_like(snr))
            loss = loss + PLACE_WEIGHT * place_loss + WORD_WEIGHT * word_loss
            parts += [place_loss, word_loss]
        return loss, torch.stack(parts).detach()


def optimisers_of(unet: UNet2DConditionModel) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """AdamW for gains, biases, the first and the last layer; Muon for the matrices and convolutions between."""
    gains, matrices = gains_and_matrices(unet, lambda name: name.startswith(("conv_in", "conv_out")))
    adam = torch.optim.AdamW(gains, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    return adam, Muon([{"params": matrices}], decay=0.1)


def channel_weight(channels: int) -> Tensor:
    """(channels, 1, 1), on average 1."""
    weight = torch.full((channels, 1, 1), 1.0)
    if channels > STRUCTURE_CHANNELS:
        weight[:STRUCTURE_CHANNELS] = channels / 2 / STRUCTURE_CHANNELS
        weight[STRUCTURE_CHANNELS:] = channels / 2 / (channels - STRUCTURE_CHANNELS)
    return weight


def build(width: int, channels: int) -> UNet2DConditionModel:
    """Two levels, 16 and 8 cells wide, with cross-attention and grounding on both and in the middle."""
    unet = UNet2DConditionModel(
        sample_size=16,
        in_channels=channels,
        out_channels=channels,
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


def start(
    device: torch.device, *, from_scratch: bool = False
) -> tuple[UNet2DConditionModel, Average, dict[str, object] | None]:
    """From the last checkpoint, else from the committed weights, else from noise; as wide as the autoencoder now is."""
    state = load_checkpoint(CHECKPOINT, device)
    channels = trained_autoencoder(torch.device("cpu")).config["latent_channels"]
    if state is None and not from_scratch and (PAINTER / "unet").is_dir():
        log.info("starting from the committed weights in %s", PAINTER)
        unet = UNet2DConditionModel.from_pretrained(PAINTER / "unet").float()
        if unet.config["in_channels"] < channels:
            committed, unet = unet, build(train_text_encoder.WIDTH, channels)
            unet.load_state_dict(wider_painter(committed.state_dict(), channels))
    else:
        unet = build(train_text_encoder.WIDTH, channels)
    unet = unet.to(device).train()
    if state:
        if state["network"]["conv_in.weight"].shape[1] < channels:
            state["network"] = wider_painter(state["network"], channels)
            state["average"] = wider_painter(state["average"], channels)
            del state["optimisers"]
        unet.load_state_dict(state["network"])
    average = Average(unet, decay=0.999)
    if state:
        average.weights, average.steps = state["average"], int(state["step"])
    return unet, average, state


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


def _means(losses: dict[str, deque[Tensor]]) -> str:
    """``plain 0.21 0.34, grounded …``: denoising, things, then placing and words, of the last batches."""
    texts: list[str] = []
    for name, kept in losses.items():
        if kept:
            numbers = torch.stack(list(kept)).mean(dim=0).tolist()
            texts.append(f"{name} " + " ".join(f"{number:.4f}" for number in numbers))
    return ", ".join(texts)


if __name__ == "__main__":
    main()
