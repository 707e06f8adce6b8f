"""Paints the backgrounds of the starter world: calm, low in contrast, never in a colour that hides a thing."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from models.starter_world.things import Rgb, mix


def paint_backdrop(background: str, size: int, rng: random.Random) -> Image.Image:
    """A square RGB picture of the named background; any unknown name gives the neutral gradient."""
    return BACKDROPS.get(background, _neutral)(size, rng)


def _bands(size: int, bands: list[tuple[float, Rgb, Rgb]]) -> Image.Image:
    """Vertical gradients: each band starts at its share of the height."""
    column = np.zeros((size, 3), dtype=np.float32)
    starts = [round(start * size) for start, _, _ in bands] + [size]
    for (_, top, bottom), first, last in zip(bands, starts, starts[1:], strict=False):
        share = np.linspace(0, 1, max(last - first, 1), dtype=np.float32)[:, None]
        column[first:last] = (np.array(top) * (1 - share) + np.array(bottom) * share)[: last - first]
    return Image.fromarray(column.astype(np.uint8)[:, None, :], "RGB").resize((size, size), Image.Resampling.NEAREST)


def _jitter(rgb: Rgb, rng: random.Random, by: int = 7) -> Rgb:
    shift = rng.randint(-by, by)
    red, green, blue = (max(0, min(255, value + shift)) for value in rgb)
    return red, green, blue


def _grass(size: int, rng: random.Random) -> Image.Image:
    horizon = rng.uniform(0.28, 0.46)
    near, far = _jitter((128, 178, 84), rng), _jitter((168, 206, 120), rng)
    picture = _bands(size, [(0, _jitter((172, 212, 240), rng), (222, 238, 248)), (horizon, far, near)])
    draw = ImageDraw.Draw(picture)
    for _ in range(26):
        x, y = rng.uniform(0, size), rng.uniform(horizon * size + 8, size)
        tuft = mix(near, (40, 90, 30), 0.22)
        draw.line([(x - 3, y - 7), (x, y), (x + 3, y - 7)], fill=tuft, width=2)
    return picture


def _snow(size: int, rng: random.Random) -> Image.Image:
    horizon = rng.uniform(0.3, 0.48)
    picture = _bands(
        size, [(0, _jitter((150, 168, 192), rng), (188, 202, 220)), (horizon, (226, 234, 244), (206, 218, 234))]
    )
    draw = ImageDraw.Draw(picture)
    for _ in range(3):
        x, y = rng.uniform(-0.3, 0.9) * size, rng.uniform(horizon, 0.9) * size
        draw.arc([x, y, x + 0.6 * size, y + 0.2 * size], 190, 350, fill=(188, 202, 222), width=4)
    for _ in range(26):
        x, y = rng.uniform(0, size), rng.uniform(0, size)
        draw.ellipse([x - 2, y - 2, x + 2, y + 2], fill=(244, 248, 252))
    return picture


def _desert(size: int, rng: random.Random) -> Image.Image:
    horizon = rng.uniform(0.3, 0.46)
    sand = _jitter((216, 184, 130), rng)
    picture = _bands(
        size, [(0, _jitter((196, 216, 226), rng), (244, 226, 196)), (horizon, mix(sand, (255, 255, 255), 0.2), sand)]
    )
    draw = ImageDraw.Draw(picture)
    for _ in range(3):
        x, y = rng.uniform(-0.4, 0.8) * size, rng.uniform(horizon, 0.85) * size
        draw.pieslice([x, y, x + 0.8 * size, y + 0.3 * size], 180, 360, fill=mix(sand, (160, 110, 60), 0.18))
    return picture


def _sea(size: int, rng: random.Random) -> Image.Image:
    horizon = rng.uniform(0.25, 0.42)
    near = _jitter((58, 140, 160), rng)
    picture = _bands(
        size, [(0, _jitter((190, 218, 236), rng), (232, 242, 246)), (horizon, mix(near, (255, 255, 255), 0.25), near)]
    )
    draw = ImageDraw.Draw(picture)
    for _ in range(16):
        x, y = rng.uniform(-10, size), rng.uniform(horizon * size + 8, size)
        crest = mix(near, (255, 255, 255), 0.35)
        draw.arc([x, y, x + 22, y + 9], 200, 340, fill=crest, width=3)
        draw.arc([x + 20, y, x + 42, y + 9], 200, 340, fill=crest, width=3)
    return picture


def _night(size: int, rng: random.Random) -> Image.Image:
    picture = _bands(size, [(0, _jitter((20, 24, 62), rng, 5), (48, 52, 104))])
    draw = ImageDraw.Draw(picture)
    for _ in range(34):
        x, y, radius = rng.uniform(0, size), rng.uniform(0, size), rng.choice((1.5, 2.0, 3.0))
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=(226, 228, 240))
    x, y = rng.uniform(0.05, 0.85) * size, rng.uniform(0.03, 0.12) * size
    draw.ellipse([x, y, x + 0.12 * size, y + 0.12 * size], fill=(236, 234, 214))
    return picture


def _room(size: int, rng: random.Random) -> Image.Image:
    floor = rng.uniform(0.58, 0.74)
    wall, wood = _jitter((226, 214, 196), rng), _jitter((186, 146, 104), rng)
    picture = _bands(size, [(0, wall, mix(wall, (0, 0, 0), 0.06)), (floor, wood, mix(wood, (0, 0, 0), 0.12))])
    draw = ImageDraw.Draw(picture)
    draw.rectangle([0, floor * size - 6, size, floor * size], fill=(244, 240, 232))
    for row in range(1, 4):
        y = (floor + (1 - floor) * row / 4) * size
        draw.line([0, y, size, y], fill=mix(wood, (0, 0, 0), 0.2), width=2)
    x = rng.uniform(0.05, 0.6) * size
    frame = (250, 248, 244)
    draw.rectangle([x, 0.08 * size, x + 0.3 * size, 0.38 * size], fill=(206, 226, 238), outline=frame, width=6)
    draw.line([x + 0.15 * size, 0.08 * size, x + 0.15 * size, 0.38 * size], fill=frame, width=5)
    return picture


def _street(size: int, rng: random.Random) -> Image.Image:
    kerb = rng.uniform(0.56, 0.7)
    picture = _bands(size, [(0, (196, 210, 224), (224, 230, 236)), (kerb, (86, 88, 98), (66, 68, 78))])
    draw = ImageDraw.Draw(picture)
    x = 0.0
    while x < size:
        width, top = rng.uniform(0.18, 0.32) * size, rng.uniform(0.06, 0.3) * size
        tone = _jitter(rng.choice(((176, 160, 146), (150, 160, 182), (188, 174, 150))), rng)
        draw.rectangle([x, top, x + width, kerb * size], fill=tone)
        for row in range(3):
            for column in range(2):
                left, upper = x + width * (0.2 + 0.4 * column), top + 14 + row * 34
                if upper + 14 < kerb * size:
                    draw.rectangle([left, upper, left + 11, upper + 15], fill=mix(tone, (236, 236, 210), 0.6))
        x += width
    draw.rectangle([0, kerb * size - 9, size, kerb * size], fill=(168, 168, 172))
    for dash in range(4):
        left = (dash + 0.3) * size / 4
        middle = (kerb + (1 - kerb) * 0.55) * size
        draw.rectangle([left, middle, left + 26, middle + 5], fill=(214, 212, 196))
    return picture


def _forest(size: int, rng: random.Random) -> Image.Image:
    ground = rng.uniform(0.6, 0.76)
    picture = _bands(size, [(0, (104, 136, 100), (126, 152, 112)), (ground, (96, 104, 64), (78, 84, 52))])
    draw = ImageDraw.Draw(picture)
    for _ in range(7):
        x, width = rng.uniform(0, size), rng.uniform(0.04, 0.08) * size
        draw.rectangle([x, 0, x + width, (ground + rng.uniform(0, 0.06)) * size], fill=_jitter((92, 88, 66), rng))
    for _ in range(9):
        x, y, radius = rng.uniform(0, size), rng.uniform(-0.05, 0.12) * size, rng.uniform(0.08, 0.14) * size
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=_jitter((72, 112, 74), rng))
    return picture


def _neutral(size: int, rng: random.Random) -> Image.Image:
    tone = rng.choice(((206, 208, 214), (214, 206, 196), (196, 208, 208), (208, 200, 212)))
    return _bands(size, [(0, _jitter(tone, rng), mix(tone, (90, 90, 100), 0.3))])


BACKDROPS: dict[str, Callable[[int, random.Random], Image.Image]] = {
    "a grass field": _grass,
    "a snow field": _snow,
    "a desert": _desert,
    "the sea": _sea,
    "a night sky": _night,
    "a room": _room,
    "a city street": _street,
    "a forest": _forest,
}
