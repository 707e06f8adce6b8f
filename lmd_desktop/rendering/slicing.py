"""Attention of one head after the other: a fraction of the memory where a device has no fused attention."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name that all of torch's documentation uses
from torch import Tensor


class SlicedProcessor:
    """Stands in for the processor of an attention layer inside a transformer block; the result is the same."""

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        """(batch, cells, width) to the same."""
        del temb
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        if encoder_hidden_states is not None and attn.norm_cross:
            context = attn.norm_encoder_hidden_states(context)
        batch = hidden_states.shape[0]
        query, key, value = (
            part.unflatten(2, (attn.heads, -1)).transpose(1, 2)  # (batch, heads, cells or tokens, width)
            for part in (attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context))
        )
        mask: Tensor | None = None
        if attention_mask is not None:
            prepared: Tensor = attn.prepare_attention_mask(attention_mask, context.shape[1], batch)
            mask = prepared.view(batch, attn.heads, -1, prepared.shape[-1])
        attended = [
            F.scaled_dot_product_attention(
                query[:, head],
                key[:, head],
                value[:, head],
                attn_mask=mask[:, head] if mask is not None else None,
            )
            for head in range(attn.heads)
        ]
        projected = attn.to_out[1](attn.to_out[0](torch.cat(attended, dim=-1)))
        return (projected + hidden_states if attn.residual_connection else projected) / attn.rescale_output_factor
