"""What a picture file from outside says about itself, and what of it the open scene can take over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from lmd_desktop.domain.layout import Layout, clean_line
from lmd_desktop.domain.requests import MAX_SEED, MAX_STEPS, RenderSettings

MOST_GUIDANCE = 30.0
# How galleries and other programs call the samplers that this app has too.
SAMPLERS = {
    "ddim": "ddim",
    "dpm++ 2m": "dpmpp_2m",
    "dpmpp_2m": "dpmpp_2m",
    "dpmsolvermultistep": "dpmpp_2m",
    "unipc": "unipc",
    "uni_pc": "unipc",
    "unipcmultistep": "unipc",
    "euler": "euler",
    "eulerdiscrete": "euler",
    "lcm": "lcm",
}


@dataclass(frozen=True, slots=True)
class DroppedPicture:
    """``program`` is the one that made it, as far as its form tells; ``values`` are pairs of what it says of itself."""

    path: Path
    has_scene: bool
    program: str
    prompt: str
    negative_prompt: str
    values: tuple[tuple[str, str], ...]


def read_dropped(path: Path) -> DroppedPicture:
    """Raises UserError if it is no picture, says nothing, or was made to do harm."""
    from lmd_desktop.storage.png_metadata import read_png

    metadata = read_png(path)
    parameters, record = metadata.parameters, metadata.record
    if record is not None:
        prompt, negative = record.prompt, record.negative_prompt
    else:
        prompt = parameters.prompt if parameters is not None else ""
        negative = parameters.negative_prompt if parameters is not None else ""
    program = "LMD Desktop" if record is not None else metadata.program
    values = parameters.values if parameters is not None else ()
    return DroppedPicture(path, record is not None, program, prompt, negative, values)


def prompt_into(layout: Layout, picture: DroppedPicture) -> Layout:
    """The layout with the picture's prompt behind the boxes."""
    return replace(
        layout,
        background_prompt=clean_line(picture.prompt),
        negative_prompt=clean_line(picture.negative_prompt),
    )


def settings_into(settings: RenderSettings, picture: DroppedPicture) -> RenderSettings:
    """The settings with the picture's steps, guidance, seed and sampler, as far as they are possible here."""
    values = dict(picture.values)
    steps, seed = _whole(values.get("Steps")), _whole(values.get("Seed"))
    scale = _number(values.get("CFG scale"))
    sampler = SAMPLERS.get(values.get("Sampler", "").lower().removesuffix(" karras"))
    return replace(
        settings,
        num_inference_steps=steps if steps is not None and 1 <= steps <= MAX_STEPS else settings.num_inference_steps,
        guidance_scale=scale if scale is not None and 0.0 <= scale <= MOST_GUIDANCE else settings.guidance_scale,
        seed=seed % (MAX_SEED + 1) if seed is not None else settings.seed,
        sampler=sampler or settings.sampler,
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 40 else None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
