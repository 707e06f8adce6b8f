"""How often boxes hold the right thing in its colour, for any settings side by side: same layouts, same seeds.

    python -m tests.benchmarks.obedience "lmd_plus" "lmd_plus grounding_ratio=0.4" [--layouts 32] [--seeds 2]
    python -m tests.benchmarks.obedience --presets [METHOD ...]

One set of settings is a method's name and what differs from its defaults: parameters, ``preset=draft``, ``steps=30``,
``as=published`` (50 steps and every published value). The first one is what the others are compared with, box by box.
``--presets`` compares as published, draft, standard and fine for every method (or those named).

Prints one JSON object: shares with 95 % intervals (Wilson), and the difference to the first in points, with the 95 %
interval of paired boxes. ``--kept FILE`` keeps every answer and goes on from it; ``--minutes`` ends a turn early, and
the command repeated goes on. Layouts are invented here, never those of the benchmark; ``--seed 9000`` is for choosing
defaults, another one for reporting.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from lmd_desktop.catalog import starter_painter
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.presets import PRESETS, with_preset
from lmd_desktop.domain.requests import ParameterValue, RenderRequest, RenderSettings
from lmd_desktop.judging.starter_judge import StarterJudge
from lmd_desktop.rendering.method import Method
from lmd_desktop.rendering.methods import all_methods
from lmd_desktop.rendering.renderer import Renderer
from models.starter_world.scenes import sample_scene
from models.starter_world.training import STARTER_FOLDER
from tests.benchmarks.painter import box_holds, layout_of, share, shows_colour

DEVELOPMENT_SEED = 9000
PUBLISHED_STEPS = 50
# By settings, layout and seed: for each box whether it holds its thing in its colour, and whether it shows the colour.
Answers = dict[str, list[tuple[bool, bool]]]


@dataclass(frozen=True, slots=True)
class Layouts:
    """What is painted, the same for all settings."""

    count: int
    seeds: int
    seed: int
    guidance_scale: float = 5.0

    def __iter__(self) -> Iterator[tuple[int, Layout]]:
        """Held-out layouts of one to four boxes, with their numbers."""
        rng = random.Random(self.seed)
        for index in range(self.count):
            yield index, layout_of(sample_scene(rng, 1 + index % 4, held_out=True))

    def seeds_of(self, index: int) -> tuple[int, ...]:
        return tuple(self.seed + 1000 * number + index for number in range(self.seeds))


SHA_DIGITS = 12


def main() -> None:
    """Asks, paints what is not kept yet, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("settings", nargs="*", help='as "lmd_plus frozen_ratio=0.3"; with --presets names of methods')
    parser.add_argument("--presets", action="store_true")
    parser.add_argument("--layouts", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=DEVELOPMENT_SEED)
    parser.add_argument("--kept", type=Path, help="a file of answers to go on from")
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--sheets", type=Path, help="a folder for the pictures of each settings")
    arguments = parser.parse_args()
    layouts = Layouts(arguments.layouts, arguments.seeds, arguments.seed)
    renderer = Renderer(starter_painter(), device="cpu")
    usable = [method for method in all_methods() if set(method.spec.needs) <= set(renderer.can)]
    until = time.monotonic() + 60 * arguments.minutes
    groups: list[list[str]] = [list(arguments.settings)]
    if arguments.presets:
        named = [method.spec.name for method in usable if method.spec.name in (arguments.settings or method.spec.name)]
        groups = [[f"{name} as=published", *(f"{name} preset={preset}" for preset in PRESETS)] for name in named]
    answers = kept(arguments.kept)
    for settings in (one for group in groups for one in group):
        fill(answers, renderer, settings, layouts, until=until, sheets=arguments.sheets)
        if arguments.kept:
            arguments.kept.write_text(json.dumps(answers), encoding="utf-8")
    left = missing(answers, [one for group in groups for one in group], layouts)
    figures = {
        "pictures_left": left,
        "layouts": layouts.count,
        "seeds": layouts.seeds,
        "seed": layouts.seed,
        "cores": os.cpu_count(),
        "painter": renderer.sha256[:SHA_DIGITS],
    }
    print(json.dumps({**figures, "settings": [compared(answers, group, layouts) for group in groups]}, indent=1))


def kept(file: Path | None) -> Answers:
    """Answers of earlier turns."""
    return json.loads(file.read_text(encoding="utf-8")) if file is not None and file.exists() else {}


def fill(
    answers: Answers, renderer: Renderer, settings: str, layouts: Layouts, *, until: float, sheets: Path | None = None
) -> None:
    """Paints and judges what is missing, for as long as there is time."""
    judge = StarterJudge(STARTER_FOLDER / "judge")
    pictures: list[Image.Image] = []
    for index, layout in layouts:
        seeds = [seed for seed in layouts.seeds_of(index) if _key(settings, layouts, index, seed) not in answers]
        if not seeds or time.monotonic() > until:
            continue
        request = request_of(settings, layout, layouts.guidance_scale)
        for seed, picture in zip(seeds, paint_seeds(renderer, request, seeds), strict=True):
            seen = [(box_holds(judge, picture, box), shows_colour(picture, box)) for box in layout.boxes]
            answers[_key(settings, layouts, index, seed)] = seen
            pictures.append(picture)
    if sheets is not None and pictures:
        sheets.mkdir(parents=True, exist_ok=True)
        _sheet(pictures, across=8).save(sheets / f"{settings.replace(' ', '_')}.png")


def request_of(settings: str, layout: Layout, guidance_scale: float) -> RenderRequest:
    """The request that a line of settings means."""
    name, *words = settings.split()
    method = next(method for method in all_methods() if method.spec.name == name)
    given = dict(word.split("=", 1) for word in words)
    chosen = RenderSettings(method=name, guidance_scale=guidance_scale)
    steps = PUBLISHED_STEPS if given.pop("as", "") else int(given.pop("steps", chosen.num_inference_steps))
    chosen = replace(chosen, num_inference_steps=steps)
    if steps == PUBLISHED_STEPS and "as=published" in words:
        chosen = replace(chosen, parameters=published(method))
    if "preset" in given:
        chosen = with_preset(chosen, PRESETS[given.pop("preset")], method.spec)
    values = {**dict(chosen.parameters), **{key: _value(method, key, value) for key, value in given.items()}}
    return RenderRequest(
        layout=layout,
        method=name,
        parameters=tuple(values.items()),
        num_inference_steps=chosen.num_inference_steps,
        guidance_scale=chosen.guidance_scale,
    )


def published(method: type[Method]) -> tuple[tuple[str, ParameterValue], ...]:
    """The published values of a method, but for Segment Anything, whose weights are not here: attention cuts out."""
    module = __import__(method.__module__, fromlist=["AS_PUBLISHED"])
    values: dict[str, ParameterValue] = {**getattr(module, "AS_PUBLISHED", {})}
    if values.get("mask") == "sam":
        values["mask"] = "attention"
    return tuple(values.items())


def paint_seeds(renderer: Renderer, request: RenderRequest, seeds: Sequence[int]) -> list[Image.Image]:
    """One picture for each seed."""
    results = renderer.render_seeds(request, seeds, check=lambda: None, on_progress=lambda *_: None, on_preview=None)
    return [Image.frombytes("RGB", (result.size.width, result.size.height), result.rgb) for result in results]


def compared(answers: Answers, group: Sequence[str], layouts: Layouts) -> dict[str, dict[str, object]]:
    """By settings its share, and how it differs from the first of the group over the boxes that both have painted."""
    found: dict[str, dict[str, object]] = {}
    for settings in group:
        pairs: list[tuple[bool, bool]] = []
        own: list[tuple[bool, bool]] = []
        for index in range(layouts.count):
            for seed in layouts.seeds_of(index):
                seen = answers.get(_key(settings, layouts, index, seed), [])
                first = answers.get(_key(group[0], layouts, index, seed), [])
                own += seen
                pairs += [(held, reference) for (held, _), (reference, _) in zip(seen, first, strict=False)]
        shares = {"in_the_box": share([held for held, _ in own]), "colour_alone": share([shown for _, shown in own])}
        found[settings] = {**(shares if own else {}), "against_first": difference(pairs)}
    return found


def missing(answers: Answers, settings: Sequence[str], layouts: Layouts) -> int:
    """How many pictures are still to be painted."""
    wanted = (
        (one, index, seed) for one in settings for index in range(layouts.count) for seed in layouts.seeds_of(index)
    )
    return sum(_key(one, layouts, index, seed) not in answers for one, index, seed in wanted)


def difference(pairs: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    """Mean of paired differences in points, with its 95 % interval (normal)."""
    if len(pairs) < 2:
        return {}
    points = [100.0 * (one - other) for one, other in pairs]
    mean = sum(points) / len(points)
    spread = math.sqrt(sum((point - mean) ** 2 for point in points) / (len(points) - 1) / len(points))
    return {"points": round(mean, 1), "from": round(mean - 1.96 * spread, 1), "to": round(mean + 1.96 * spread, 1)}


def _value(method: type[Method], name: str, text: str) -> ParameterValue:
    kind = next(parameter.kind for parameter in method.spec.parameters if parameter.name == name)
    if kind == "bool":
        return text in ("yes", "true", "True")
    return float(text) if kind == "float" else int(text) if kind == "int" else text


def _key(settings: str, layouts: Layouts, index: int, seed: int) -> str:
    return f"{settings}|{layouts.seed}.{index}|{seed}"


def _sheet(pictures: Sequence[Image.Image], *, across: int) -> Image.Image:
    side = pictures[0].width
    sheet = Image.new("RGB", (across * side, math.ceil(len(pictures) / across) * side), "#ffffff")
    for index, picture in enumerate(pictures):
        sheet.paste(picture, (index % across * side, index // across * side))
    return sheet


if __name__ == "__main__":
    main()
