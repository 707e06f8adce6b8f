"""Names what a file of weights holds, told from the names and shapes of its tensors alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lmd_desktop.catalog.safetensors_header import Shape

UNET = "model.diffusion_model."
# Widths of the text that the UNets of Stable Diffusion read, and whose they are.
CONTEXT_WIDTHS = {
    768: "Stable Diffusion 1.x",
    1024: "Stable Diffusion 2.x",
    1280: "the SDXL refiner",
    2048: "SDXL",
}


Role = Literal["painter", "addition", "part", "other", "unsupported"]


@dataclass(frozen=True, slots=True)
class WeightKind:
    """``phrase`` goes on after "this is"; ``role`` is what a file of this kind has to do with a painter."""

    name: str
    role: Role
    phrase: str

    def told(self, shapes: Mapping[str, Shape], wanted: str = "a painter") -> str:
        """The phrase with what it means for somebody who wanted something else."""
        match self.role:
            case "addition":
                whose = CONTEXT_WIDTHS.get(context_width(shapes) or 0)
                if whose:
                    return f"{self.phrase}, an addition to a painter of {whose}, not {wanted}"
                return f"{self.phrase}, an addition to a painter, not {wanted}"
            case "unsupported":
                return f"{self.phrase}: not supported"
            case _:
                return f"{self.phrase}, not {wanted}"


# A pattern that one tensor's name matches only in files of this kind. The first that matches counts: additions to a
# model come before the models whose layers they name.
_PATTERNS: tuple[tuple[str, Role, str, str], ...] = (
    ("lycoris", "addition", "a LyCORIS file", r"\.(hada_w\d|lokr_w\d|oft_blocks|oft_diag)"),
    ("lora", "addition", "a LoRA", r"\blora_(down|up|mid|A|B)\b|^lora_|\.lora\.(down|up)\.|_lora\.(down|up)\."
                                   r"|\.lora_linear_layer\."),
    ("controlnet", "other", "a ControlNet", r"^control_model\.|input_hint_block|^zero_convs\."
                                            r"|controlnet_(cond_embedding|down_blocks|mid_block)"),
    ("adapter", "other", "an image adapter", r"^(adapter\.)?body\.\d+\.(resnets|block1)|^ip_adapter\.|^image_proj\."),
    ("motion", "other", "a motion module for animations", r"motion_modules\."),
    ("quantised", "unsupported", "a model with quantised weights",
     r"\.(absmax|quant_state|quant_map|nested_absmax|scale_weight)\b|scaled_fp8"),
    ("flux", "unsupported", "a Flux model", r"(^|\.)(double_blocks|single_transformer_blocks)\."),
    ("sd3", "unsupported", "an SD3 model", r"(^|\.)joint_blocks\."),
    ("cascade", "unsupported", "a Stable Cascade model",
     r"(^|\.)(clip_txt_mapper\.|down_blocks\.\d+\.\d+\.channelwise)"),
    ("playground", "unsupported", "a Playground v2.5 model", r"^edm_(mean|std)$"),
    ("video", "unsupported", "a video model", r"\.time_stack\.|temporal_transformer|head\.modulation$|patchify_proj"),
    ("transformer", "unsupported", "a diffusion transformer",
     r"caption_projection|cap_embedder|adaLN_modulation|scale_shift_table|(^|\.)(double_layers|x_embedder)\."),
    ("segmenter", "other", "a SAM segmenter", r"^(mask_decoder|sam_mask_decoder)\."),
    ("upscaler", "other", "an upscaler", r"\.(rdb|RDB)\d\.|RRDB_trunk|^conv_first\."),
    ("language", "other", "a language model", r"^(model\.)?layers\.\d+\.(self_attn|mlp)\.|^(model\.)?language_model\."),
    ("checkpoint", "painter", "a checkpoint", r"^model\.diffusion_model\."),
    ("gligen", "addition", "a file of GLIGEN layers", r"(^|\.)position_net\."),
    ("unet", "part", "a UNet alone", r"^(diffusion_model\.)?(input_blocks\.\d+\.\d+\.|down_blocks\.\d+\.resnets\.)"),
    ("vae", "part", "a VAE alone",
     r"^(first_stage_model\.)?(decoder\.(up\.|up_blocks\.)|encoder\.(down\.|down_blocks\.))"),
    ("image encoder", "other", "an image encoder", r"(^|\.)(vision_model|visual)\."),
    ("text encoder", "part", "a text encoder alone",
     r"(^|\.)(encoder\.layers\.\d+\.self_attn|resblocks\.\d+\.attn|encoder\.block\.\d+\.layer)\."),
    ("embedding", "other", "a textual inversion (a learned word)",
     r"^(emb_params|clip_l|clip_g|string_to_param.*|<.+>)$"),
)  # fmt: skip
_COMPILED = tuple((WeightKind(name, role, phrase), re.compile(pattern)) for name, role, phrase, pattern in _PATTERNS)
_CONTEXT = re.compile(
    r"attn2[._](processor\.)?to_k(_lora)?[._](weight|lora_down|lora_A|down|lora\.down|lora_linear_layer\.down)"
    r"|fuser\.linear\.weight$"
)


def tell_kind(shapes: Mapping[str, Shape]) -> WeightKind | None:
    """What these tensors are; None if they are nothing that is known here."""
    return next((kind for kind, pattern in _COMPILED if any(pattern.search(name) for name in shapes)), None)


def context_width(shapes: Mapping[str, Shape]) -> int | None:
    """How wide the text is that the cross-attention of a UNet, LoRA or GLIGEN layers reads; None if unknown."""
    for name, shape in shapes.items():
        if len(shape) == 2 and _CONTEXT.search(name):
            return shape[1]
    return None
