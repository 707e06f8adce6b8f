"""Gives the autoencoder's latents unit variance in every direction, without changing a picture."""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn


@torch.no_grad()
def whiten(autoencoder: AutoencoderKL, pictures: Tensor, *, kept: int = 0) -> None:
    """Folds whitening into the 1x1 convolutions on both sides of the latents; the first ``kept`` stay as they are.

    Mean colours correlate so strongly that hue would drown in noise at timesteps where brightness is still clear;
    whitened, the painter decides both at once. Channels after the kept ones lose what the kept ones already say.
    The scaling factor becomes 1 by construction.
    """
    quantise, restore = autoencoder.quant_conv, autoencoder.post_quant_conv
    assert isinstance(quantise, nn.Conv2d)
    assert isinstance(restore, nn.Conv2d)
    latents = autoencoder.encode(pictures).latent_dist.mode()
    cells = latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1]).double()  # (cells, channels)
    forward, centre, variances = _whitening(cells, kept)
    weight, bias = quantise.weight[:, :, 0, 0].double(), _bias(quantise)
    means = len(centre)
    new_weight, new_bias = weight.clone(), bias.clone()
    new_weight[:means] = forward @ weight[:means]
    new_bias[:means] = forward @ (bias[:means] - centre)
    # Posterior variances cannot rotate with the means; their average scale is close enough for image-to-image use.
    new_bias[means + kept :] -= variances.log().mean()
    quantise.weight.copy_(new_weight[:, :, None, None])
    _bias_of(quantise).copy_(new_bias)
    old_restore = restore.weight[:, :, 0, 0].double()
    _bias_of(restore).copy_(_bias(restore) + old_restore @ centre)
    restore.weight.copy_((old_restore @ torch.linalg.inv(forward))[:, :, None, None])
    autoencoder.register_to_config(scaling_factor=1.0)


def _whitening(cells: Tensor, kept: int) -> tuple[Tensor, Tensor, Tensor]:
    """``forward`` (n, n) and ``centre`` (n): whitened = forward @ (latent - centre); and the n - kept variances."""
    centre = cells.mean(dim=0)
    centre[:kept] = 0.0
    first, others = cells[:, :kept], cells[:, kept:] - centre[kept:]
    said = torch.linalg.lstsq(first - first.mean(dim=0), others).solution.T  # (n - kept, kept): others from the first
    centre[kept:] -= said @ first.mean(dim=0)
    variances, axes = torch.linalg.eigh(torch.cov((others - (first - first.mean(dim=0)) @ said.T).T))
    rotate = (axes / variances.sqrt()).T
    forward = torch.eye(len(centre), dtype=cells.dtype, device=cells.device)
    forward[kept:, kept:] = rotate
    forward[kept:, :kept] = -rotate @ said
    return forward, centre, variances


def _bias_of(layer: nn.Conv2d) -> Tensor:
    assert layer.bias is not None
    return layer.bias


def _bias(layer: nn.Conv2d) -> Tensor:
    return _bias_of(layer).double()
