"""Mangled answers through both parsers and the repair, as one JSON object: ``python -m tests.benchmarks.answers_fuzz``.

Every result must be a valid layout, a question whose choices are valid layouts, or a clear refusal; nothing may raise.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter

from lmd_desktop.domain.layout import MAX_PHRASE_LENGTH, MIN_BOX, Box, Layout, Rect, Size, clean_line, clean_phrase
from lmd_desktop.domain.readings import Question, Reading, ReadLayout, Refusal
from lmd_desktop.domain.requests import PlanRequest
from lmd_desktop.planning.checks import Answer
from lmd_desktop.planning.importing.reading import read_layout_text
from lmd_desktop.planning.lines import to_planner, write_answer
from lmd_desktop.planning.review import review
from tests.planning.chatbot_answers import draw_answer

ANSWERS = 20_000
CANVASES = (Size(512, 512), Size(1024, 768), Size(333, 1000), Size(64, 64))
REQUESTS = (
    "two cats and a red car without dogs",
    "add a dog to the left of the cat",
    "make it bigger",
    "\u4e24\u53ea\u732b",
    "",
)
LOCKED = Box("1", "a lamp", Rect(8, 8, 48, 40), "#000000", is_locked=True)
PIECES = (
    "\n", "\n\n", "|", "[", "]", "(", ")", "{", "}", ",", ":", '"', "'", "```", "**", "-", "%", "None", "null", "nan",
    "1e9", "-1",
    "99999999999", "0.5", "\x00", "\ud800", "\u200b", "\u732b", "\U0001f600", "<|im_end|>", "box 2 a cat | 8 8 8 8",
    "bg ", "neg ",
    "Objects:", "Background prompt:", "Negative prompt: ", '{"bbox": [1, 2, 3, 4]}', "\\u12", "#", "//", "/*", "...",
    "\t", "=",
)  # fmt: skip


def main() -> None:
    """Print what came of the answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=ANSWERS)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    started = time.perf_counter()
    counts = fuzz(arguments.answers, arguments.seed)
    print(json.dumps({**counts, "seconds": round(time.perf_counter() - started, 1)}))


def fuzz(answers: int, seed: int) -> dict[str, int]:
    """How many answers became layouts, questions and refusals; raises AssertionError at the first bad result."""
    counts: Counter[str] = Counter(layouts=0, questions=0, refusals=0, line_layouts=0, empty_lines=0)
    for index in range(answers):
        rng = random.Random(f"{seed} {index}")
        canvas = rng.choice(CANVASES)
        text = mangled(rng, canvas)
        reading = read_layout_text(text, canvas)
        check_reading(reading, canvas)
        match reading:
            case ReadLayout():
                counts["layouts"] += 1
            case Question():
                counts["questions"] += 1
            case Refusal():
                counts["refusals"] += 1
        counts["line_layouts" if _as_answer(rng, text, canvas) else "empty_lines"] += 1
    return dict(counts)


def mangled(rng: random.Random, canvas: Size) -> str:
    """An answer with up to a dozen injuries."""
    text = _source(rng, canvas)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 6, 12))):
        text = _injured(rng, text, canvas)
    return text


def check_reading(reading: Reading, canvas: Size) -> None:
    """Raises AssertionError unless a person can go on with this."""
    match reading:
        case ReadLayout(layout=layout):
            check_layout(layout, canvas)
        case Question(text=text, choices=choices):
            assert text.endswith(".")
            assert len(choices) > 1
            assert len({choice.key for choice in choices}) == len(choices)
            for choice in choices:
                check_reading(choice.reading, canvas)
        case Refusal(cause=cause, next_step=next_step):
            assert cause.endswith(".")
            assert next_step


def check_layout(layout: Layout, canvas: Size) -> None:
    """Raises AssertionError unless every box can be drawn and painted."""
    assert layout.canvas == canvas
    assert len({box.id for box in layout.boxes}) == len(layout.boxes)
    for box in layout.boxes:
        rect = box.rect
        assert all(isinstance(value, int) for value in (rect.x, rect.y, rect.width, rect.height))
        assert 0 <= rect.x < rect.right <= canvas.width, rect
        assert 0 <= rect.y < rect.bottom <= canvas.height, rect
        assert min(rect.width, rect.height) >= MIN_BOX, rect
        assert box.phrase == clean_phrase(box.phrase)
        assert 0 < len(box.phrase) <= MAX_PHRASE_LENGTH
    assert layout.background_prompt == clean_line(layout.background_prompt)
    assert layout.negative_prompt == clean_line(layout.negative_prompt)
    json.dumps(layout.background_prompt + layout.negative_prompt).encode("utf-8")


def _as_answer(rng: random.Random, text: str, canvas: Size) -> bool:
    """The same text as lines of a planner on a canvas with a locked box; whether any line could be read."""
    before = Layout(canvas=canvas, boxes=(LOCKED,)) if rng.random() < 0.5 else Layout(canvas=canvas)
    answer = Answer(to_planner(before))
    for line in text.split("\n"):
        answer.add(line)
    layout, _ = answer.layout(is_whole=rng.random() < 0.8)
    check_layout(layout, canvas)
    request = PlanRequest((), before, rng.choice(REQUESTS), 0)
    reviewed = review(request, layout)
    check_layout(reviewed.layout, canvas)
    assert [box for box in reviewed.layout.boxes if box.is_locked] == list(before.boxes)
    assert all(violation.sentence.endswith(".") for violation in reviewed.violations)
    return not answer.is_empty


def _source(rng: random.Random, canvas: Size) -> str:
    answer = draw_answer(rng)
    if rng.random() < 0.5:
        return answer.text
    boxes = tuple(
        Box(str(index), clean_phrase(name), _small(four, canvas), "#000000")
        for index, (name, four) in enumerate(answer.truth.boxes, 1)
    )
    return write_answer(Layout(canvas, boxes, answer.truth.background, answer.truth.negative))


def _small(four: tuple[int, int, int, int], canvas: Size) -> Rect:
    """A rectangle that fits every canvas here."""
    x, y, width, height = (max(MIN_BOX, min(n, 32)) if canvas.width < 300 else n // 2 + MIN_BOX for n in four)
    return Rect(x, y, width, height)


def _injured(rng: random.Random, text: str, canvas: Size) -> str:
    start = rng.randrange(len(text) + 1)
    end = min(len(text), start + rng.choice((1, 1, 2, 5, 20, 100)))
    kind = rng.randrange(8)
    if kind == 0:
        return text[:start] + text[end:]
    if kind == 1:
        return text[:end] + text[start:end] * rng.randint(1, 3) + text[end:]
    if kind == 2:
        return text[:start]
    if kind == 3:
        return text[:start] + _source(rng, canvas)[rng.randrange(40) :]
    if kind == 4:
        digits = [i for i, char in enumerate(text) if char.isdigit()] or [0]
        place = rng.choice(digits)
        return text[:place] + rng.choice(("", "9999", "-5", "0.01", "e5", "%", "\u4e09", " ", "_")) + text[place + 1 :]
    if kind == 5:
        return "".join(rng.sample(text, len(text))) if rng.random() < 0.1 else text[end:] + text[:start]
    return text[:start] + "".join(rng.choices(PIECES, k=rng.randint(1, 4))) + text[start:]


if __name__ == "__main__":
    main()
