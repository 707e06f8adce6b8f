"""Composes the prompts of a picture from its layout, and finds the tokens of each phrase in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lmd_desktop.domain.layout import Box, Layout
from lmd_desktop.rendering.english import counted, without_article

MAX_TOKENS = 77  # what CLIP reads at once, start and end token included
PIECE = MAX_TOKENS - 2  # longer prompts are read in pieces of so many tokens, each with its own start and end
MAX_PIECES = 4

# The negative words of the LMD benchmark (Lian et al., TMLR 2024), for whole pictures and for single things.
QUALITY_NEGATIVES = (
    "artifacts, blurry, smooth texture, bad quality, distortions, unrealistic, distorted image, bad proportions, "
    "duplicate"
)
SINGLE_THING_NEGATIVES = f"{QUALITY_NEGATIVES}, two, many, group, occlusion, occluded, side, border, collate"


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a prompt speaks of some boxes: characters ``start`` to ``end``, without the article."""

    box_ids: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt and where it mentions each group of equal boxes."""

    text: str
    mentions: tuple[Mention, ...]


def compose_prompt(layout: Layout, own_prompt: str | None = None) -> Prompt:
    """``"{background} with a red car, two blue cups"``; equal phrases become one plural.

    With an own prompt, phrases are looked up in it, and the missing ones appended after a bar.
    """
    groups = _groups(layout.enabled_boxes)
    if own_prompt is not None:
        return _mentioned_in(own_prompt, groups)
    opening = layout.background_prompt.rstrip(" .")
    if opening and groups:
        opening += " with "
    return _listed(opening, groups)


def compose_box_prompt(layout: Layout, box: Box) -> Prompt:
    """``"{background} with {phrase}"`` for one box alone."""
    opening = layout.background_prompt.rstrip(" .")
    return _listed(f"{opening} with " if opening else "", ((box,),))


def compose_negative(layout: Layout, *, with_defaults: bool) -> str:
    """What the whole picture must not show."""
    return _joined(layout.negative_prompt, QUALITY_NEGATIVES if with_defaults else "")


def compose_box_negative(layout: Layout, box: Box, *, with_defaults: bool) -> str:
    """What the picture of one box must not show."""
    return _joined(box.negative, layout.negative_prompt, SINGLE_THING_NEGATIVES if with_defaults else "")


def token_positions(count_tokens: Callable[[str], int], text: str, mention: Mention) -> tuple[int, ...]:
    """Positions of a mention in the token row of all pieces (0 is the start token); those cut off are left out.

    Counting the tokens before both ends instead of searching the phrase's tokens cannot hit the tail of another word.
    """
    first, last = count_tokens(text[: mention.start]), count_tokens(text[: mention.end])
    return tuple(_position(token) for token in range(first, min(last, MAX_PIECES * PIECE)))


def last_position(count: int) -> int:
    """Where the last of so many tokens stands, if all of them are read; 0 (the start token) of none."""
    return _position(count - 1) if count else 0


def _position(token: int) -> int:
    """Of a token of the text in the row of all pieces, each of which has a start and an end token."""
    return token // PIECE * MAX_TOKENS + 1 + token % PIECE


def _groups(boxes: Sequence[Box]) -> tuple[tuple[Box, ...], ...]:
    """Boxes that name the same thing together, in the order of their first box."""
    groups: dict[str, list[Box]] = {}
    for box in boxes:
        groups.setdefault(without_article(_cleaned(box.phrase)).lower(), []).append(box)
    return tuple(tuple(group) for group in groups.values())


def _listed(opening: str, groups: tuple[tuple[Box, ...], ...]) -> Prompt:
    text = opening
    mentions: list[Mention] = []
    for group in groups:
        if mentions:
            text += ", "
        phrase = counted(_cleaned(group[0].phrase), len(group))
        start = len(text) + len(phrase) - len(without_article(phrase))
        text += phrase
        mentions.append(Mention(_ids(group), start, len(text)))
    return Prompt(text, tuple(mentions))


def _mentioned_in(text: str, groups: tuple[tuple[Box, ...], ...]) -> Prompt:
    """Longest phrases first, so that "red car" cannot take the words of "red car toy"."""
    found: dict[int, tuple[int, int]] = {}
    longest_first = sorted(range(len(groups)), key=lambda index: -len(groups[index][0].phrase))
    for index in longest_first:
        span = _find(text, groups[index], taken=tuple(found.values()))
        if span:
            found[index] = span
    for index, group in enumerate(groups):
        if index not in found:
            phrase = counted(_cleaned(group[0].phrase), len(group))
            text = f"{text} | {phrase}" if text else phrase
            found[index] = (len(text) - len(without_article(phrase)), len(text))
    return Prompt(text, tuple(Mention(_ids(group), *found[index]) for index, group in enumerate(groups)))


def _find(text: str, group: tuple[Box, ...], *, taken: tuple[tuple[int, int], ...]) -> tuple[int, int] | None:
    bare = without_article(_cleaned(group[0].phrase))
    many = counted(bare, max(2, len(group)))
    spellings = (many, without_number(many), bare) if len(group) > 1 else (bare,)
    for spelling in spellings:
        # Languages without spaces between words have no word boundaries to ask for.
        pattern = rf"(?<!\w){re.escape(spelling)}(?!\w)" if spelling.isascii() else re.escape(spelling)
        for match in re.finditer(pattern, text, re.IGNORECASE):
            start, end = match.span()
            if all(end <= other_start or start >= other_end for other_start, other_end in taken):
                return start, end
    return None


def without_number(phrase: str) -> str:
    """``two red cups`` -> ``red cups``."""
    return phrase.partition(" ")[2] or phrase


def _ids(group: tuple[Box, ...]) -> tuple[str, ...]:
    return tuple(box.id for box in group)


def _cleaned(phrase: str) -> str:
    """A full stop or comma at the end of a phrase would become its last token."""
    return phrase.strip().rstrip(" .,;:!?") or phrase.strip()


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
