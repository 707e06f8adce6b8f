"""Trains the painter's autoencoder on windows of drawn scenes: python -m models.starter_world.train_autoencoder."""

from __future__ import annotations

import argparse
import logging
import math
import random
from pathlib import Path

import torch
import torch.nn.functional as functional
from diffusers import AutoencoderKL
from torch import Tensor

from models.starter_world.drawing import draw_scene
from models.starter_world.pictures import read_all, windows
from models.starter_world.planner.muon import Muon
from models.starter_world.scenes import sample_scene
from models.starter_world.training import (
    STARTER_FOLDER,
    TRAINING_FOLDER,
    Run,
    compiled,
    decibel,
    gains_and_matrices,
    load_checkpoint,
    prepare,
    recipe_arguments,
    to_tensor,
    upsample_by_repeating,
)
from models.starter_world.whitening import whiten
from models.starter_world.widening import widen

CHECKPOINT = TRAINING_FOLDER / "autoencoder.pt"
DECODER_CHECKPOINT = TRAINING_FOLDER / "decoder.pt"
WIDER_CHECKPOINT = TRAINING_FOLDER / "autoencoder_wider.pt"
FINISHED = TRAINING_FOLDER / "vae"
COMMITTED = STARTER_FOLDER / "painter" / "vae"
CHANNELS = (16, 32, 64, 128)
LATENT_CHANNELS = 4  # as committed; for 16 the UNet begins almost anew
WINDOW = 64
BATCH = 32
PEAK_RATE = 1.5e-3
MATRIX_RATE = 0.005
# The variance of the posterior is a constant: left to the divergence alone it grows to 1 within some hundred steps, and
# under so much noise the network learns mean colours and stays there.
NOISE = 0.08
KL_WEIGHT = 1e-4
EDGE_WEIGHT = 0.5
COARSE_WEIGHT = 3.0
KEPT_WEIGHT = 3.0  # how strongly the latent channels of before are held while new ones are added
ANCHOR_SCALE = 2.0  # deviation of the latents, near 1, against mean colours of deviation 0.5

log = logging.getLogger(__name__)


def main() -> None:
    """The whole autoencoder the first time; afterwards the decoder alone, so that stored latents stay valid.

    A finished one with fewer latent channels than asked for gets the others beside them (``widening.py``).
    """
    parser = recipe_arguments(__doc__ or "", minutes=25)
    parser.add_argument("--from-scratch", action="store_true", help="new latents: the UNet must be trained anew too")
    parser.add_argument("--latent-channels", type=int, default=LATENT_CHANNELS)
    arguments = parser.parse_args()
    device = prepare(arguments)
    finished = FINISHED if FINISHED.is_dir() else COMMITTED
    if finished.is_dir() and not arguments.from_scratch:
        network = AutoencoderKL.from_pretrained(finished).float().to(device)
        before = network.config["latent_channels"]
        if before < arguments.latent_channels:
            log.info("adding %d latent channels to %s", arguments.latent_channels - before, finished)
            teacher, network = network, widen(network, build(arguments.latent_channels).to(device))
            train(network, arguments, checkpoint=WIDER_CHECKPOINT, teacher=teacher.eval().requires_grad_(False))
            whiten(network, held_out_pictures(256).to(device), kept=before)
        else:
            log.info("training the decoder of %s", finished)
            train(network, arguments, checkpoint=DECODER_CHECKPOINT, decoder_only=True)
    else:
        network = build(arguments.latent_channels).to(device)
        train(network, arguments, checkpoint=CHECKPOINT)
        whiten(network, held_out_pictures(256).to(device))
    network.save_pretrained(FINISHED)
    deviations, quality = measure(network)
    log.info("finished: %.2f dB on 64 held-out scenes, latent deviations %s", quality, deviations)


def train(
    network: AutoencoderKL,
    arguments: argparse.Namespace,
    *,
    checkpoint: Path,
    decoder_only: bool = False,
    teacher: AutoencoderKL | None = None,
) -> None:
    """Run until the budget is used up; the latents of a ``teacher`` stay the first ones of the network."""
    device = next(network.parameters()).device
    state = load_checkpoint(checkpoint, device)
    if state is not None:
        network.load_state_dict(state["network"])
    if decoder_only:
        network.encoder.requires_grad_(False)
        network.quant_conv.requires_grad_(False)
    upsample_by_repeating(network)
    objective = compiled(
        lambda *inputs: reconstruction_loss(network, *inputs, latents_stay=decoder_only, teacher=teacher), device
    )
    drawn = read_all()
    rates = dict(zip(optimisers_of(network), (PEAK_RATE, MATRIX_RATE), strict=True))
    run = Run(network, rates, checkpoint, arguments, state)
    errors: list[float] = []
    while not run.is_over:
        pictures = windows(drawn, run.rng, count=BATCH, side=WINDOW).to(device)
        noise = torch.randn(BATCH, network.config["latent_channels"], WINDOW // 8, WINDOW // 8, device=device)
        is_new = not decoder_only and teacher is None
        anchor = torch.tensor(max(0.0, 0.3 - 3.0 * run.share) if is_new else 0.0, device=device)
        loss, error = objective(pictures, noise, anchor)
        run.descend(loss)
        errors.append(error.item())
        if run.step % 100 == 0:
            run.report(f"loss {loss.item():.4f}  {decibel(sum(errors) / len(errors)):.2f} dB")
            errors.clear()


def optimisers_of(network: AutoencoderKL) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """AdamW for gains, biases and the layers next to pixels and latents; Muon for the convolutions between."""
    gains, matrices = gains_and_matrices(
        network, lambda name: "quant_conv" in name or name.split(".")[1] in ("conv_in", "conv_out")
    )
    return torch.optim.AdamW(gains, betas=(0.9, 0.99), weight_decay=0.0, fused=True), Muon([{"params": matrices}])


def build(latent_channels: int) -> AutoencoderKL:
    """Factor 8, no attention, so that small windows train it for any size."""
    network = AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * len(CHANNELS),
        up_block_types=("UpDecoderBlock2D",) * len(CHANNELS),
        block_out_channels=CHANNELS,
        layers_per_block=1,
        latent_channels=latent_channels,
        norm_num_groups=4,
        sample_size=128,
        mid_block_add_attention=False,
    )
    torch.nn.init.zeros_(network.quant_conv.weight[latent_channels:])
    torch.nn.init.constant_(network.quant_conv.bias[latent_channels:], 2 * math.log(NOISE))
    return network


def reconstruction_loss(
    network: AutoencoderKL,
    windows: Tensor,
    noise: Tensor,
    anchor: Tensor,
    *,
    latents_stay: bool,
    teacher: AutoencoderKL | None = None,
) -> tuple[Tensor, Tensor]:
    """L1 + MSE + differences of neighbours + coarse colour + a little KL; also the plain squared error.

    The anchor pulls the first three latent channels to the mean colour of their cell. Without it and the coarse
    term the network learns shapes in gray first and finds the colours very late.
    """
    with torch.autocast(windows.device.type, torch.bfloat16):
        with torch.set_grad_enabled(not latents_stay):
            means = network.quant_conv(network.encoder(windows)).float()[:, : noise.shape[1]]
            latents = means + NOISE * noise
        decoded = network.decoder(network.post_quant_conv(latents)).float()
    error = functional.mse_loss(decoded, windows)
    across = (decoded[..., 1:] - decoded[..., :-1]) - (windows[..., 1:] - windows[..., :-1])
    down = (decoded[..., 1:, :] - decoded[..., :-1, :]) - (windows[..., 1:, :] - windows[..., :-1, :])
    coarse = functional.avg_pool2d(decoded - windows, 4).square().mean()
    red, green, blue = (decoded - windows).unbind(dim=1)
    tint = (red - green).abs().mean() + ((red + green) / 2 - blue).abs().mean()
    loss = functional.l1_loss(decoded, windows) + error + COARSE_WEIGHT * coarse + 0.5 * tint
    loss = loss + EDGE_WEIGHT * (across.abs().mean() + down.abs().mean())
    if not latents_stay:
        cells = ANCHOR_SCALE * functional.avg_pool2d(windows, 8)
        loss = loss + anchor * functional.mse_loss(means[:, :3], cells)
        loss = loss + KL_WEIGHT * 0.5 * means.square().mean()
    if teacher is not None:
        with torch.no_grad():
            before = teacher.encode(windows).latent_dist.mode()
        loss = loss + KEPT_WEIGHT * functional.mse_loss(means[:, : before.shape[1]], before)
    return loss, error.detach()


def held_out_pictures(scenes: int) -> Tensor:
    """(scenes, 3, 128, 128) of scenes that training never shows."""
    rng = random.Random(77)
    return torch.stack([to_tensor(draw_scene(sample_scene(rng, held_out=True))) for _ in range(scenes)])


@torch.no_grad()
def measure(network: AutoencoderKL) -> tuple[list[float], float]:
    """Deviation of each latent channel, and decibel."""
    pictures = held_out_pictures(64).to(next(network.parameters()).device)
    latents = network.encode(pictures).latent_dist.mode()
    error = functional.mse_loss(network.decode(latents).sample.clamp(-1, 1), pictures).item()
    return [round(deviation, 3) for deviation in latents.std(dim=(0, 2, 3)).tolist()], decibel(error)


def trained_autoencoder(device: torch.device) -> AutoencoderKL:
    """The newest finished autoencoder, ready to use."""
    folder = FINISHED if FINISHED.is_dir() else COMMITTED
    return AutoencoderKL.from_pretrained(folder).float().to(device).eval().requires_grad_(False)


if __name__ == "__main__":
    main()
