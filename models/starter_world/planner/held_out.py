"""Which combinations no training caption may have; the evaluation draws only from these."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence

from lmd_desktop.benchmark.dialogs import benchmark_dialogs
from lmd_desktop.benchmark.suites import ALL, CHINESE, CHINESE_HARDER, PAPER, suite_prompts
from models.starter_world.planner.speech import Group
from models.starter_world.vocabulary import COLOURS, THINGS

ONE_IN = 8


def is_held_out(keys: Sequence[str]) -> bool:
    """Whether any of a caption's combinations is reserved for the evaluation."""
    return any(hashlib.sha256(key.encode()).digest()[0] % ONE_IN == 0 for key in keys)


def is_suite_caption(text: str) -> bool:
    """Whether a caption is one of the benchmark's, whatever its case and punctuation."""
    return plain(text) in suite_captions()


@functools.cache
def suite_captions() -> frozenset[str]:
    """Every caption of the paper's benchmark, of the harder suites and of their Chinese twins, plain."""
    return frozenset(
        plain(prompt.caption) for suite in (PAPER, CHINESE, ALL, CHINESE_HARDER) for prompt in suite_prompts(suite)
    )


@functools.cache
def suite_turns() -> frozenset[tuple[str, str]]:
    """Every canvas of the benchmark's dialogs with what is asked on it, plain."""
    return frozenset(
        (" ".join(sorted(box.phrase for box in turn.before.boxes)), plain(turn.request))
        for dialog in benchmark_dialogs()
        for turn in dialog.turns
    )


def is_suite_turn(phrases: Sequence[str], request: str) -> bool:
    """Whether the benchmark's dialogs ask just that on a canvas with just these things."""
    return (" ".join(sorted(phrases)), plain(request)) in suite_turns()


def plain(text: str) -> str:
    """Lower case, single spaces, no punctuation: what a typing error in the caption does not hide."""
    return " ".join(re.sub(r"[^\w\s]|_", " ", text.lower()).split())


def caption_keys(
    groups: Sequence[Group],
    *,
    relations: Sequence[tuple[str, Group, Group]],
    negated: Sequence[str],
    opening: str,
) -> list[str]:
    """The combinations in a caption: counts, pairs of coloured things, relations, what is negated beside what."""
    known = [group for group in groups if group.noun in THINGS]
    keys = [count_key(group.noun, group.count, group.colour) for group in known if group.is_counted]
    coloured = [group for group in known if group.colour in COLOURS]
    for index, first in enumerate(coloured):
        for second in coloured[index + 1 :]:
            keys.append(pair_key((first.colour, first.noun), (second.colour, second.noun)))
    keys += [relation_key(kind, first.noun, second.noun) for kind, first, second in relations]
    keys += [negation_key(noun, [group.noun for group in groups], opening=opening) for noun in negated]
    return keys


def count_key(noun: str, count: int, colour: str | None) -> str:
    """Three red cars."""
    return f"count {count} {colour} {noun}"


def pair_key(first: tuple[str | None, str], second: tuple[str | None, str]) -> str:
    """A red car together with a blue cup."""
    return f"pair {sorted((f'{first[0]} {first[1]}', f'{second[0]} {second[1]}'))}"


def relation_key(kind: str, first: str, second: str) -> str:
    """A cat left of a dog; right and below are the same turned round."""
    if kind in ("right", "below"):
        kind, first, second = {"right": "left", "below": "above"}[kind], second, first
    return f"relation {kind} {first} {second}"


def negation_key(noun: str, present: Sequence[str], *, opening: str) -> str:
    """A scene with a cup and without cats; without anything else the opening words count too."""
    beside = " ".join(sorted(present)) if present else f"nothing, {opening.strip()}"
    return f"negation {noun} beside {beside}"
