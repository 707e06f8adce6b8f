"""Writes the page that shows the methods side by side, from the figures of three benchmarks."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

HEAD = """# The methods side by side

Made by `python -m tests.benchmarks.methods --docs --layouts {layouts} --seeds {seeds} --repeat {repeat}` on the starter
painter ({painter}): {steps} steps, guidance scale {scale:g}, {layouts} held-out layouts of one to four boxes
({boxes} boxes), the same seeds for all.

- *In the box*: the starter judge sees the right thing in the right colour, overlapping its box (IoU) by at least 0.5;
  *above `plain`*: in points, box by box. *Colour alone*: the middle of the box has the colour that was asked for; no
  judge in it. Intervals are 95 %.
- *Own loss*: what the method's guidance minimises, in the last iteration of the first layout below; without its
  guidance → with it.
- *Cost* is that of two boxes on {cores} processor cores, over `plain`; guidance never stops early in it.

| Method | In the box | Above `plain` | Colour alone | Own loss | Cost over `plain` | UNet calls | Peak memory |
|---|---|---|---|---|---|---|---|
"""
SHEET = """
![Rows: three layouts; columns: their boxes and the methods](images/methods.png)

The same three layouts for every method, from the same noise. All parameters and their meaning: `lmd-desktop methods`.

What the pictures show: `plain` paints the right things anywhere and leaves one out (the car), two balloons for three.
`regional` and `multidiffusion` lose one too (the cup, the apple) and make one large balloon of three: nothing in them
counts. `boxdiff` finds a second balloon, and puts a dog where the apple should be: with attention maps of 8 to 16 cells
its corners pull at most one thing at a time. `bounded` and `backward_guidance` count three; a place may still be missed
(the cup above the car), and colours leak (a purple spot in the apple). `gligen` fills every box; kind and colour leak
(a brown cup for the apple). `lmd` has the right things and numbers, they reach beyond their boxes. `lmd_plus` has every
thing in its box, in its colour.
"""
PRESETS = """
## Presets against “as published”

`python -m tests.benchmarks.obedience --presets` (painter {painter}): {layouts} held-out layouts with {seeds} seed(s)
each. As published is 50 steps with every published value (attention instead of Segment Anything, which is not
included). In the box, and the difference in points to as published, box by box: with so few boxes one method alone
differs by some points by chance; the last row is the mean of all.

| Method | As published | Draft | Standard | Fine |
|---|---|---|---|---|
"""
FULL_SIZE = """
## At full size

The UNet of Stable Diffusion 1.5 with random weights, which speed does not depend on; {boxes} boxes, {steps} steps,
guidance that never stops early (`python -m tests.benchmarks.render_cost --painter sd15`). {note}

A guidance iteration costs {iteration:.2f} of the full forward and backward (operation counts say {predicted:.2f}),
`plain` {diffusers:.2f} of diffusers' own pipeline.

| Method | Cost over `plain` | Peak memory |
|---|---|---|
"""


def page(
    figures: dict[str, Any], names: list[str], full_size: dict[str, Any] | None, presets: dict[str, Any] | None
) -> str:
    """The whole page as Markdown; what was not measured is left out."""
    parts = [_side_by_side(figures, names), SHEET]
    if presets is not None:
        parts.append(_presets(presets))
    if full_size is not None:
        parts.append(_full_size(full_size))
    return "".join(parts)


def _side_by_side(figures: dict[str, Any], names: list[str]) -> str:
    cost, obeyed, losses = figures["cost"], figures["obedience"], figures["own_loss"]
    head = HEAD.format(
        steps=figures["steps"],
        scale=figures["guidance_scale"],
        layouts=figures["layouts"],
        seeds=figures["seeds"],
        repeat=figures["repeat"],
        boxes=obeyed[names[0]]["in_the_box"]["of"],
        cores=os.cpu_count(),
        painter=figures["painter"],
    )
    rows = [
        f"| `{name}` | {_interval(obeyed[name]['in_the_box'])} "
        f"| {'–' if name == 'plain' else _points(obeyed[name]['against_first'])} "
        f"| {_interval(obeyed[name]['colour_alone'])} | {_loss(losses.get(name))} "
        f"| {cost['over_plain'][name]:.2f} | {cost['unet_calls'][name]} | {cost['peak_mb'][name]} MB |"
        for name in names
    ]
    return head + "\n".join(rows) + "\n"


def _presets(found: dict[str, Any]) -> str:
    rows: list[str] = []
    for group in found["settings"]:
        published, *presets = group.items()
        name = published[0].split()[0]
        cells = [f"{one['in_the_box']['percent']:.0f} %, {_points(one['against_first'])}" for _, one in presets]
        rows.append(f"| `{name}` | {_interval(published[1]['in_the_box'])} | {' | '.join(cells)} |")
    columns = zip(
        *([one["against_first"] for one in list(group.values())[1:]] for group in found["settings"]), strict=True
    )
    rows.append(f"| all together | | {' | '.join(_points(_mean(column)) for column in columns)} |")
    head = PRESETS.format(layouts=found["layouts"], seeds=found["seeds"], painter=found["painter"])
    return head + "\n".join(rows) + "\n"


def _mean(differences: Sequence[dict[str, float]]) -> dict[str, float]:
    """Over the methods, each with as many boxes; the interval takes their differences to be independent."""
    count = len(differences)
    points = sum(one["points"] for one in differences) / count
    half = math.sqrt(sum(((one["to"] - one["from"]) / 2) ** 2 for one in differences)) / count
    return {"points": points, "from": points - half, "to": points + half}


def _full_size(found: dict[str, Any]) -> str:
    head = FULL_SIZE.format(
        boxes=found["boxes"],
        steps=found["steps"],
        note=found.get("note", ""),
        iteration=found["guidance_iteration_ratio"],
        predicted=found["predicted_guidance_iteration_ratio"],
        diffusers=found["plain_over_diffusers"],
    )
    rows = [f"| `{name}` | {cost:.2f} | {found['peak_mb'][name]} MB |" for name, cost in found["over_plain"].items()]
    return head + "\n".join(rows) + "\n"


def _interval(found: dict[str, float]) -> str:
    return f"{found['percent']:.0f} % ({found['from']:.0f}–{found['to']:.0f})"


def _points(found: dict[str, float]) -> str:
    return f"{found['points']:+.0f} ({found['from']:+.0f} to {found['to']:+.0f})"


def _loss(found: tuple[float, float] | None) -> str:
    return "–" if found is None else f"{found[0]:.2f} → {found[1]:.2f}"
