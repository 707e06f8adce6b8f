"""Which boxes of a layout are the things that a caption names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lmd_desktop.domain.layout import Box, Layout
from lmd_desktop.planning.caption import Caption
from lmd_desktop.planning.lexicon import AFTER_NOUN, ARTICLES
from lmd_desktop.planning.mentions import Mention, demanded_attributes
from lmd_desktop.planning.nouns import head_of, names, singular, words_of


def nouns_of(caption: Caption) -> set[str]:
    return {mention.noun for mention in caption.mentions}


def boxes_named(noun: str, layout: Layout, others: Iterable[str] = ()) -> list[Box]:
    """The boxes of a thing: those it is the head of, else those with a word for it that is nothing else named."""
    exact = [box for box in layout.boxes if head_of(box.phrase) == noun]
    if exact:
        return exact
    taken = set(others)
    return [box for box in layout.boxes if head_of(box.phrase) not in taken and names(head_of(box.phrase), noun)]


def boxes_of(mention: Mention, caption: Caption, layout: Layout) -> list[Box]:
    """The boxes that a mention is about: with its looks if there are such, else those that no other mention means."""
    boxes = boxes_named(mention.noun, layout, nouns_of(caption) - {mention.noun})
    alike = [m for m in caption.mentions if m.noun == mention.noun and m is not mention and m.is_new and mention.is_new]
    if alike:
        sized = [box for box in boxes if mention.attributes and has_looks(box, mention.attributes)]
        if sized:
            return sized
    looks = demanded_attributes(mention)
    if not looks:
        others = [demanded_attributes(other) for other in alike]
        free = [box for box in boxes if not any(has_looks(box, other) for other in others if other)]
        return free or boxes
    with_looks = [box for box in boxes if has_looks(box, looks)]
    return with_looks or ([] if alike else boxes)


def has_looks(box: Box, looks: Iterable[str]) -> bool:
    """Whether the phrase of a box has all these adjectives."""
    return says_all(box.phrase, looks)


def says_all(text: str, looks: Iterable[str]) -> bool:
    words = {"gray" if word == "grey" else word for word in words_of(text)}
    return all(("gray" if look == "grey" else look) in words for look in looks)


def says(text: str, noun: str) -> bool:
    """Whether a text names a thing as such, not as a part of another one's name ("car" in "a car park")."""
    words = re.findall(r"[^\W_]+(?:['-][^\W_]+)*|[,.;]", text.lower())
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else "."
        is_head = (
            not following[0].isalpha() or following in AFTER_NOUN or following in ARTICLES or following.endswith("ing")
        )
        if singular(word) == noun and is_head:
            return True
    return False
