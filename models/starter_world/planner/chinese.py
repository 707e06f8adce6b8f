"""Simplified Chinese: captions and requests; the answers stay English."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from models.starter_world.planner.speech import Group, counted
from models.starter_world.planner.words import COLOURS_ZH, NUMBERS_ZH, PLACES_ZH, THINGS_ZH
from models.starter_world.vocabulary import COLOURS, THINGS

LEFT = (
    "{A}在{B}左边",
    "{A}在{B}的左边",
    "{A}在{B}的左侧",
    "左边是{A},右边是{B}",
    "左边是{A}，右边是{B}",
    "{B}左边有{A}",
)
ABOVE = ("{A}在{B}上方", "{A}在{B}的上面", "上面是{A}，下面是{B}", "{B}上方有{A}", "{A}在{B}的上方")
BELOW = ("{A}在{B}下方", "{A}在{B}的下面", "{A}在{B}下面", "{B}下面有{A}")
ON = ("{A}在{B}上", "{A}在{B}上", "{A}放在{B}上", "{B}上有{A}")
UNDER = ("{A}在{B}底下", "{A}在{B}底下", "{A}在{B}的底下", "{B}底下有{A}")
NEAR = ("{A}在{B}旁边", "{A}和{B}", "{A}在{B}附近", "{A}挨着{B}")
RELATIONS: dict[str, tuple[str, ...]] = {
    "left": LEFT,
    "right": tuple(text.replace("左", "@").replace("右", "左").replace("@", "右") for text in LEFT),
    "above": ABOVE,
    "below": BELOW,
    "on": ON,
    "under": UNDER,
    "near": NEAR,
}
SIZES_ZH = {
    "big": "大的",
    "large": "大的",
    "huge": "巨大的",
    "giant": "巨大的",
    "small": "小的",
    "little": "小的",
    "tiny": "很小的",
}
# Other words and measure words for the same things.
ALSO_SAID = {"umbrella": (("伞", "把"),), "boat": (("船", "条"), ("小船", "只")), "ball": (("皮球", "个"),)}
OPENINGS = ("", "", "", "画", "画一幅画，", "一张真实的照片，", "我想要", "请画", "有", "一幅画，里面有")
NEGATIONS = ("，没有{N}", "，没有{N}", "，不要{N}", "，不要有{N}", "，但是没有{N}", "没有{N}")


@dataclass(frozen=True, slots=True)
class Said:
    """A Chinese caption and what it means."""

    text: str
    groups: tuple[Group, ...]
    relation: str | None
    first_named_first: bool
    background: str | None
    negated: str | None


def draw_scene(rng: random.Random) -> Said:
    """A caption with one to three groups."""
    relation = rng.choice((*RELATIONS, "left", "right")) if rng.random() < 0.45 else None
    groups = _groups(rng, 2 if relation else rng.choice((1, 1, 2, 2, 3)), with_counts=not relation)
    if relation:
        template = rng.choice(RELATIONS[relation])
        first_named_first = template.index("{A}") < template.index("{B}")
        text = template.replace("{A}", say(rng, groups[0])).replace("{B}", say(rng, groups[1]))
    else:
        first_named_first = True
        joint = rng.choice(("和", "和", "、", "，"))
        text = joint.join(say(rng, group) for group in groups)
    background = rng.choice(tuple(PLACES_ZH)) if rng.random() < 0.25 else None
    text = rng.choice(OPENINGS) + text
    if background:
        words = rng.choice(PLACES_ZH[background])
        text = rng.choice((f"{words}有{text}", f"{text}，在{words}", f"在{words}，{text}"))
    negated = None
    if rng.random() < 0.25:
        negated = rng.choice([noun for noun in THINGS if all(noun != group.noun for group in groups)])
        text += rng.choice(NEGATIONS).replace("{N}", THINGS_ZH[negated][0])
    if rng.random() < 0.25:
        text += "。"
    return Said(text, tuple(groups), relation, first_named_first, background, negated)


def say(rng: random.Random, group: Group) -> str:
    """Number, measure word, colour, noun."""
    noun, measure = rng.choice((THINGS_ZH[group.noun], *ALSO_SAID.get(group.noun, ())))
    number = str(group.count) if rng.random() < 0.15 and group.count > 1 else NUMBERS_ZH[group.count]
    colour = f"{COLOURS_ZH[group.colour]}{rng.choice(('的', '的', ''))}" if group.colour else ""
    looks = SIZES_ZH.get(group.adjective or "", "") + colour
    if group.count == 1 and not group.is_counted and rng.random() < 0.1:
        return f"{looks}{noun}"
    return f"{number}{measure}{looks}{noun}"


def can_say(groups: Sequence[Group]) -> bool:
    """Whether there are words for all that they are."""
    return all(group.noun in THINGS_ZH and group.adjective in (None, *SIZES_ZH) for group in groups)


def noun_of(noun: str) -> str:
    """A thing that was named before; a stranger as it is."""
    return THINGS_ZH.get(noun, (noun, ""))[0]


def opened(rng: random.Random, text: str) -> str:
    """With an opening and perhaps a full stop."""
    return rng.choice(OPENINGS) + text + rng.choice(("", "", "。"))


def name(phrase_words: Sequence[str]) -> str | None:
    """A box phrase in Chinese, None when it has words beyond the world."""
    words = [word for word in phrase_words if word not in ("a", "an")]
    if not words or words[-1] not in THINGS_ZH or any(word not in COLOURS for word in words[:-1]):
        return None
    colour = "".join(f"{COLOURS_ZH[word]}的" for word in words[:-1])
    return f"{colour}{THINGS_ZH[words[-1]][0]}"


def _groups(rng: random.Random, count: int, *, with_counts: bool) -> list[Group]:
    nouns = rng.sample(tuple(THINGS), count)
    groups = [Group(noun, rng.choice(tuple(COLOURS)) if rng.random() < 0.55 else None) for noun in nouns]
    if with_counts:
        groups = [counted(group, rng.choice((1, 2, 3, 4, 5))) if rng.random() < 0.4 else group for group in groups]
    return groups
