"""Adds latent channels to trained networks; what they have learnt of the first ones stays."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn


@torch.no_grad()
def widen(narrow: AutoencoderKL, wide: AutoencoderKL) -> AutoencoderKL:
    """``wide`` with the weights of ``narrow``: the same first latents, the same pictures; the other latents are new.

    Both have the layers of ``train_autoencoder.build``; ``wide`` has more latent channels.
    """
    before, channels = narrow.config["latent_channels"], wide.config["latent_channels"]
    fresh = {name: value.clone() for name, value in wide.state_dict().items()}
    old = narrow.state_dict()
    wide.load_state_dict(
        {name: old[name] if old[name].shape == value.shape else value for name, value in fresh.items()}
    )
    # The 1x1 convolutions that whitened the latents go into their neighbours: the wide ones start as identities.
    quantise = old["quant_conv.weight"][:before, :, 0, 0]
    made = wide.encoder.conv_out
    made.weight[:before] = torch.einsum("nm,mikl->nikl", quantise, old["encoder.conv_out.weight"])
    made.bias[:before] = quantise @ old["encoder.conv_out.bias"] + old["quant_conv.bias"][:before]
    _identity(wide.quant_conv, channels)
    # Taken from a trained layer that bias can stay in its 1x1 convolution, where zero padding does not thin it out.
    wide.post_quant_conv.weight.zero_()
    wide.post_quant_conv.weight[:before, :before] = old["post_quant_conv.weight"]
    wide.post_quant_conv.bias.zero_()
    wide.post_quant_conv.bias[:before] = old["post_quant_conv.bias"]
    for place in range(before, channels):
        wide.post_quant_conv.weight[place, place] = 1.0
    wide.decoder.conv_in.weight[:, :before] = old["decoder.conv_in.weight"]
    wide.decoder.conv_in.weight[:, before:] *= 0.1
    wide.decoder.conv_in.bias.copy_(old["decoder.conv_in.bias"])
    return wide


def wider_painter(weights: Mapping[str, Tensor], channels: int) -> dict[str, Tensor]:
    """A UNet's weights for more latent channels: it predicts the first as before, and no noise in the new ones."""
    wider = dict(weights)
    for name, axis in (("conv_in.weight", 1), ("conv_out.weight", 0), ("conv_out.bias", 0)):
        wider[name] = _padded(wider[name], axis, channels - weights["conv_in.weight"].shape[1])
    return wider


def _padded(weight: Tensor, axis: int, more: int) -> Tensor:
    shape = list(weight.shape)
    shape[axis] = more
    return torch.cat([weight, weight.new_zeros(shape)], dim=axis)


def _identity(layer: nn.Module, channels: int) -> None:
    assert isinstance(layer, nn.Conv2d)
    assert layer.bias is not None
    layer.weight[:channels].zero_()
    for place in range(channels):
        layer.weight[place, place] = 1.0
    layer.bias[:channels].zero_()
