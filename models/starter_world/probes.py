"""Reads labels off captions and checks with linear probes that the text encoder's states hold them."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from models.starter_world.captions import NUMBERS, write_caption, write_phrase
from models.starter_world.scenes import sample_scene
from models.starter_world.tokens import QUALITY_WORDS, split_words
from models.starter_world.vocabulary import BACKGROUNDS, COLOURS, STYLES, THINGS

THING_NAMES = tuple(THINGS)
COLOUR_NAMES = tuple(COLOURS)
STYLE_NAMES = tuple(STYLES)
NO_COLOUR = len(COLOUR_NAMES)
SINGULAR = {plural: thing for thing, plural in THINGS.items()} | {thing: thing for thing in THINGS}
NUMBER_VALUES = {word: value for value, word in NUMBERS.items()} | {"a": 1, "an": 1}
PAIRS = len(THING_NAMES) * (NO_COLOUR + 1)


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing named in a caption: where its noun stands, and what is said of it."""

    word: int
    thing: int
    colour: int
    number: int


@dataclass(frozen=True, slots=True)
class Labels:
    """Everything the text encoder should know after reading a caption."""

    mentions: tuple[Mention, ...]
    colour_words: tuple[tuple[int, int], ...]
    background: int
    style: int


def read_labels(text: str) -> Labels:
    """Labels from the words alone: a number word or article, a colour and a noun stand in this order."""
    words = split_words(text)
    mentions: list[Mention] = []
    for index, word in enumerate(words):
        if word in SINGULAR:
            before = words[index - 1] if index else ""
            has_colour = before in COLOURS
            number_word = words[index - 2] if has_colour and index > 1 else before
            colour = COLOUR_NAMES.index(before) if has_colour else NO_COLOUR
            thing = THING_NAMES.index(SINGULAR[word])
            mentions.append(Mention(index, thing, colour, NUMBER_VALUES.get(number_word, 0)))
    colours = tuple((index, COLOUR_NAMES.index(word)) for index, word in enumerate(words) if word in COLOURS)
    background = next((place for place, name in enumerate(BACKGROUNDS) if name in text), len(BACKGROUNDS))
    style = next((place for place, name in enumerate(STYLE_NAMES) if place and name in words), 0)
    return Labels(tuple(mentions), colours, background, style)


def sample_text(rng: random.Random) -> str:
    """A caption, the phrase of a box, or words that mean nothing here."""
    draw = rng.random()
    if draw < 0.05:
        return ", ".join(rng.sample(QUALITY_WORDS, rng.randint(1, 10)))
    scene = sample_scene(rng)
    if draw < 0.35 and scene.items:
        return write_phrase(rng.choice(scene.items), rng)
    text = write_caption(scene, rng)
    return with_noise(text, rng) if draw > 0.9 else text


def with_noise(text: str, rng: random.Random) -> str:
    """The text with one strange word before a comma or at the end, as prompts of people have."""
    strange = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(3, 7)))
    known = rng.choice(QUALITY_WORDS)  # in front only words of one token: labels count words
    return rng.choice((f"{text}, {strange}", f"{known}, {text}", f"{text} {known}"))


class Probes(nn.Module):
    """Linear readers of the encoder's states; thrown away after training."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.thing = nn.Linear(width, len(THING_NAMES))
        self.colour = nn.Linear(width, NO_COLOUR + 1)
        self.number = nn.Linear(width, 7)
        self.colour_word = nn.Linear(width, len(COLOUR_NAMES))
        self.background = nn.Linear(width, len(BACKGROUNDS) + 1)
        self.style = nn.Linear(width, len(STYLE_NAMES))
        self.pairs = nn.Linear(width, PAIRS)
        self.phrase_thing = nn.Linear(width, len(THING_NAMES))
        self.phrase_colour = nn.Linear(width, NO_COLOUR + 1)

    def forward(self, states: Tensor, ends: Tensor, labels: list[Labels]) -> tuple[Tensor, dict[str, float]]:
        """Loss and accuracies; ``ends`` are the places of the end tokens, words start at place 1."""
        spots = [(row, mention) for row, label in enumerate(labels) for mention in label.mentions]
        nouns = states[[row for row, _ in spots], [mention.word + 1 for _, mention in spots]]
        words = [(row, place + 1, colour) for row, label in enumerate(labels) for place, colour in label.colour_words]
        loss = states.new_zeros(())
        accuracy: dict[str, float] = {}
        checks: list[tuple[str, Tensor, list[int]]] = [
            ("thing", self.thing(nouns), [mention.thing for _, mention in spots]),
            ("colour", self.colour(nouns), [mention.colour for _, mention in spots]),
            ("number", self.number(nouns), [mention.number for _, mention in spots]),
            (
                "colour_word",
                self.colour_word(states[[row for row, _, _ in words], [place for _, place, _ in words]]),
                [colour for _, _, colour in words],
            ),
        ]
        rows = torch.arange(len(labels))
        pads = ends + ((states.shape[1] - 1 - ends) * torch.rand(len(labels))).long()
        single = [row for row, label in enumerate(labels) if len(label.mentions) == 1]
        alone = [labels[row].mentions[0] for row in single]
        for name, places in (("end", ends), ("pad", pads)):
            pooled = states[rows, places]
            checks += [
                (f"{name} background", self.background(pooled), [label.background for label in labels]),
                (f"{name} style", self.style(pooled), [label.style for label in labels]),
                (f"{name} thing", self.phrase_thing(pooled[single]), [mention.thing for mention in alone]),
                (f"{name} colour", self.phrase_colour(pooled[single]), [mention.colour for mention in alone]),
            ]
            target = pair_targets(labels)
            weight = 1.0 + 20.0 * target
            loss = loss + 4 * functional.binary_cross_entropy_with_logits(self.pairs(pooled), target, weight)
            found = (self.pairs(pooled) > 0) == (target > 0.5)
            accuracy[f"{name} pairs"] = found.all(dim=1).float().mean().item()
        for name, logits, wanted in checks:
            expected = torch.tensor(wanted, dtype=torch.long)
            loss = loss + functional.cross_entropy(logits, expected)
            accuracy[name] = (logits.argmax(1) == expected).float().mean().item()
        return loss, accuracy


def pair_targets(labels: list[Labels]) -> Tensor:
    """(captions, things x colours): which coloured things each caption names."""
    target = torch.zeros(len(labels), PAIRS)
    for row, label in enumerate(labels):
        for mention in label.mentions:
            target[row, mention.thing * (NO_COLOUR + 1) + mention.colour] = 1.0
    return target
