"""Figures that others published for the same 400 prompts, in percent; nothing here was measured by this program.

Sources: Lian et al., LLM-grounded Diffusion (TMLR 2024) with its repository's README (OWL-ViT, one picture a prompt),
and Wu et al., Self-correcting LLM-controlled Diffusion (CVPR 2024), which judged with OWLv2.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """``shares`` are negation, numeracy, attribution, spatial and overall."""

    layouts: str
    painter: str
    shares: tuple[float, float, float, float, float]


STAGE1: tuple[Published, ...] = (
    Published("GPT-3.5", "", (100, 97, 100, 99, 99.0)),
    Published("GPT-4", "", (100, 100, 100, 100, 100.0)),
)
# With the strict rules (inside, no overlap, no extra box, negative prompt, edges apart), from the published layouts.
STRICT_STAGE1: tuple[Published, ...] = (
    Published("GPT-3.5", "", (100, 74, 83, 98, 88.8)),
    Published("GPT-4", "", (100, 83, 93, 99, 93.8)),
)
OWLVIT: tuple[Published, ...] = (
    Published("none", "SD 1.5", (28, 39, 52, 28, 36.8)),
    Published("GPT-3.5", "MultiDiffusion", (100, 30, 42, 36, 52.0)),
    Published("GPT-3.5", "Backward Guidance", (100, 42, 36, 61, 59.8)),
    Published("GPT-3.5", "BoxDiff", (100, 32, 55, 62, 62.3)),
    Published("GPT-3.5", "GLIGEN", (100, 57, 57, 45, 64.8)),
    Published("GPT-3.5", "LMD", (100, 62, 65, 79, 76.5)),
    Published("GPT-3.5", "LMD+", (100, 86, 69, 67, 80.5)),
    Published("GPT-4", "LMD+", (100, 84, 79, 82, 86.3)),
    Published("StableBeluga2-70B", "LMD+", (88, 60, 56, 64, 67.0)),
    Published("Mixtral-8x7B-Instruct", "LMD+", (98, 72, 62, 78, 77.5)),
)
OWLV2: tuple[Published, ...] = (
    Published("none", "DALL-E 3", (27, 37, 74, 71, 52.3)),
    Published("GPT-4", "DALL-E 3 + SLD", (84, 58, 80, 85, 76.8)),
    Published("GPT-4", "LMD+", (100, 80, 49, 88, 79.3)),
    Published("GPT-4", "LMD+ + SLD", (100, 94, 65, 97, 89.0)),
)
