"""The words of the starter world: things, colours, backgrounds and styles that the starter models know."""

from __future__ import annotations

# Singular -> plural. The first ten are the classes of the LMD benchmark (Lian et al., TMLR 2024).
THINGS: dict[str, str] = {
    "backpack": "backpacks",
    "book": "books",
    "bottle": "bottles",
    "bowl": "bowls",
    "car": "cars",
    "cat": "cats",
    "chair": "chairs",
    "cup": "cups",
    "dog": "dogs",
    "laptop": "laptops",
    "apple": "apples",
    "ball": "balls",
    "balloon": "balloons",
    "bird": "birds",
    "boat": "boats",
    "fish": "fish",
    "flower": "flowers",
    "house": "houses",
    "lamp": "lamps",
    "mushroom": "mushrooms",
    "star": "stars",
    "table": "tables",
    "tree": "trees",
    "umbrella": "umbrellas",
}

BENCHMARK_THINGS: tuple[str, ...] = tuple(THINGS)[:10]

# The eleven colours of the benchmark as sRGB, chosen to stay apart from each other on every background.
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 32, 38),
    "orange": (245, 134, 24),
    "yellow": (250, 219, 45),
    "green": (44, 160, 56),
    "blue": (38, 84, 212),
    "purple": (128, 48, 176),
    "pink": (248, 140, 190),
    "brown": (120, 72, 34),
    "black": (26, 26, 30),
    "white": (246, 246, 244),
    "gray": (134, 138, 144),
}

BACKGROUNDS: tuple[str, ...] = (
    "a grass field",
    "a snow field",
    "a desert",
    "the sea",
    "a night sky",
    "a room",
    "a city street",
    "a forest",
)

# What the benchmark writes when a caption names no background: any background, or a neutral gradient.
PLAIN_BACKGROUNDS: tuple[str, ...] = ("a realistic scene", "a realistic photo of a scene")

STYLES: dict[str, str] = {
    "photo": "a photo of",
    "painting": "a painting of",
    "sketch": "a sketch of",
}


def article(words: str) -> str:
    """The indefinite article that fits: ``an orange cat``, ``a red car``."""
    return "an" if words[:1] in "aeiou" else "a"
