"""A tiny Segment Anything of the real class with random weights, saved as a folder."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import SamConfig, SamModel

SIDE = 64


def save_tiny_segmenter(folder: Path) -> Path:
    """About thirty thousand weights; it cuts out anything."""
    torch.manual_seed(3)
    config = SamConfig(
        vision_config={
            "hidden_size": 16,
            "output_channels": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": SIDE,
            "window_size": 2,
            "global_attn_indexes": (1,),
            "num_pos_feats": 8,
            "mlp_dim": 32,
            "initializer_range": 0.02,
        },
        prompt_encoder_config={"hidden_size": 16, "image_size": SIDE, "mask_input_channels": 4},
        mask_decoder_config={
            "hidden_size": 16,
            "mlp_dim": 32,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
    )
    SamModel(config).save_pretrained(folder)
    return folder
