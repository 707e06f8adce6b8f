"""The planner's byte-level BPE: trained on the teacher's dialogs, and how a dialog becomes token ids."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from models.starter_world.planner import words
from models.starter_world.planner.dialogs import Mix, draw_dialog
from models.starter_world.planner.layout import Turn
from models.starter_world.vocabulary import BACKGROUNDS, COLOURS, THINGS

VOCABULARY = 1536
START, END, PAD = "<|im_start|>", "<|im_end|>", "<|pad|>"
REPEATED, CHANGED = 1.0, 3.0  # weights in the loss of lines that the canvas has and of lines that it has not
DEPARTS = 8.0  # of the token that tells that a line was left out or added
HEAD_TOKENS = 2  # of a line: "box" and its number
SPECIALS = (PAD, START, END)
CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] != 'system' %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
COORDINATES = re.compile(r" \| \d+ \d+ \d+ \d+\n")


@dataclass(frozen=True, slots=True)
class Example:
    """A dialog as ids; ``weights`` is 0 where nothing is learnt."""

    ids: list[int]
    weights: list[float]


def build_tokenizer(*, dialogs: int = 12000, seed: int = 1) -> Tokenizer:
    """Train the merges so that coordinates, markers and the world's words are single tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(dialogs, seed), trainer)
    return tokenizer


def single_tokens() -> list[str]:
    """Texts that must each be one token."""
    spaced = [str(number) for number in (*range(31), *range(0, 513, 8))]
    spaced += ["|", "*", "a", "an", *THINGS, *THINGS.values(), *COLOURS]
    spaced += [word for background in BACKGROUNDS for word in background.split()]
    spaced += [word for word in words.NUMBER_WORDS[1:7]]
    spaced += [
        "left",
        "right",
        "above",
        "below",
        "under",
        "on",
        "without",
        "no",
        "next",
        "to",
        "of",
        "between",
        "add",
        "remove",
        "move",
        "make",
        "bigger",
        "smaller",
    ]
    return [f" {text}" for text in spaced] + ["box", "bg", "neg", "canvas", "request", "user", "assistant", "\n"]


def encode_turns(tokenizer: Tokenizer, turns: Sequence[Turn], *, coordinate_weight: float) -> Example:
    """Ids of a dialog as the app tokenises it: template pieces and contents apart; answers carry the loss."""
    start, end = token_id(tokenizer, START), token_id(tokenizer, END)
    newline = _ids(tokenizer, "\n")
    ids: list[int] = []
    weights: list[float] = []
    for turn in turns:
        prompt = prompt_ids(tokenizer, turn.user, start=start, end=end)
        answer = _ids(tokenizer, turn.answer)
        ids += prompt + answer + [end] + newline
        weights += [0.0] * len(prompt)
        learnt = [*_answer_weights(tokenizer, turn, answer, coordinate_weight=coordinate_weight), 1.0]
        weights += learnt if turn.is_learnt else [0.0] * len(learnt)
        weights += [0.0] * len(newline)
    return Example(ids, weights)


def prompt_ids(tokenizer: Tokenizer, user: str, *, start: int, end: int) -> list[int]:
    """A user turn and the opening of the answer."""
    opening = [start, *_ids(tokenizer, "user\n"), *_ids(tokenizer, user), end, *_ids(tokenizer, "\n")]
    return [*opening, start, *_ids(tokenizer, "assistant\n")]


def token_id(tokenizer: Tokenizer, token: str) -> int:
    """The id of a token that must be there."""
    found = tokenizer.token_to_id(token)
    if found is None:
        raise ValueError(f"the tokenizer has no token {token!r}")
    return found


def load_tokenizer(path: Path) -> Tokenizer:
    """A tokenizer from its json file."""
    return Tokenizer.from_file(str(path))


def _ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False).ids


def _answer_weights(tokenizer: Tokenizer, turn: Turn, ids: Sequence[int], *, coordinate_weight: float) -> list[float]:
    """How much each token of an answer counts: most where a line of the canvas changes, little where it is repeated.

    What says which line comes next (``box 3``) counts in full, and most of all where a box of the canvas is left out
    or added: there a single token tells. On an empty canvas everything counts in full, numbers a little less.
    """
    bar, newline = token_id(tokenizer, "Ġ|"), token_id(tokenizer, "Ċ")
    canvas = {line.removesuffix(" *") for line in turn.user.split("\n")[1:-1]}
    lines = turn.answer.split("\n")
    departs = _departures(turn.user.split("\n")[1:-1], lines)
    weights: list[float] = []
    line, place, in_numbers = 0, 0, False
    for token in ids:
        factor = 1.0
        if canvas and place < HEAD_TOKENS:
            factor = DEPARTS if departs[line] else 1.0
        elif canvas:
            factor = REPEATED if lines[line] in canvas else CHANGED
        weights.append(factor * coordinate_weight if in_numbers and token != newline else factor)
        place += 1
        in_numbers = in_numbers or token == bar
        if token == newline:
            line, place, in_numbers = line + 1, 0, False
    return weights


def _departures(canvas: Sequence[str], answer: Sequence[str]) -> list[bool]:
    """For each line of an answer whether another one would have come if nothing had been left out or added."""
    locked = [line for line in canvas if line.endswith(" *")]
    usual = [_head(line) for line in (*locked, *(line for line in canvas if not line.endswith(" *")))]
    departs: list[bool] = []
    expected = 0
    for head in map(_head, answer):
        departs.append(bool(head) and head != (usual[expected] if expected < len(usual) else ""))
        expected = usual.index(head) + 1 if head in usual else expected
    return departs


def _head(line: str) -> str:
    """``box 3``, ``bg`` or ``neg``."""
    words = line.split(" ")
    return " ".join(words[:2] if words[0] == "box" else words[:1])


def _corpus(dialogs: int, seed: int) -> Iterator[str]:
    """Dialogs without numbers that are no coordinates, and the must-be-single texts often."""
    for text in single_tokens():
        for _ in range(400):
            yield text
    for word in (*words.STRANGERS, *words.STRANGE_ADJECTIVES, *words.LARGE, *words.SMALL):
        for _ in range(12):
            yield f" {word}"
    rng = random.Random(seed)
    mix = Mix(chinese=0.15)
    for _ in range(dialogs):
        for turn in draw_dialog(rng, mix):
            yield turn.user.rpartition("request")[2]
            yield from re.findall(r"(?m)^(?:bg|neg) .*$", turn.answer)
