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
# Weights in the loss. They hang on what the request asks for, never on the box that it means: a weight on the right
# one alone would teach to change neighbours when in doubt.
REPEATED, CHANGED = 1.0, 3.0
DEPARTS = 6.0  # of what tells which line comes next, where a box is left out or added
FORCED = 0.2  # of locked lines, which the application writes itself
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
    """How much each token of an answer counts: most where this request may change the canvas.

    Where it renames a box all phrases count more, where it moves one all numbers, where it adds one or leaves one out
    all that tells which line comes next. On an empty canvas everything counts in full, numbers a little less.
    """
    bar, newline = token_id(tokenizer, "Ġ|"), token_id(tokenizer, "Ċ")
    canvas = turn.user.split("\n")[1:-1]
    lines = turn.answer.split("\n")
    before = {_head(line): line.removesuffix(" *") for line in canvas}
    known = [line for line in lines if before and _head(line) in before]
    head = DEPARTS if any(_departures(canvas, lines)) else REPEATED
    renames = any(_split(line)[0] != _split(before[_head(line)])[0] for line in known)
    moves = any(_split(line)[1] != _split(before[_head(line)])[1] for line in known)
    phrase, numbers = (CHANGED if changes else REPEATED for changes in (renames, moves))
    locked = {line.removesuffix(" *") for line in canvas if line.endswith(" *")}
    weights: list[float] = []
    line, place, in_numbers = 0, 0, False
    for token in ids:
        factor = 1.0
        if before and lines[line] in locked:
            factor = FORCED
        elif before and place < HEAD_TOKENS:
            factor = head
        elif before and _head(lines[line]) in before:
            factor = numbers if in_numbers else phrase
        elif before:
            factor = CHANGED
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


def _split(line: str) -> tuple[str, str]:
    """Phrase and numbers of a line; ``bg`` and ``neg`` have only a text."""
    words, _, numbers = line.partition(" | ")
    return words, numbers


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
