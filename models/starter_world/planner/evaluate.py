"""Scores a planner GGUF: the held-out benchmark suite, follow-ups, locks, Chinese, own words; run it as a module."""

from __future__ import annotations

import argparse
import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.starter_world.planner.captions import draw_caption
from models.starter_world.planner.dialogs import Mix, draw_dialog, drawn_by_hand
from models.starter_world.planner.export import GGUF_PATH
from models.starter_world.planner.followups import draw_kind
from models.starter_world.planner.layout import Box, Layout, Rect, Turn, answer_text, read_answer, user_turn
from models.starter_world.planner.placing import overlap
from models.starter_world.planner.speaker import Speaker
from models.starter_world.planner.suite import TASKS, Case, held_out_suite

__all__ = ["Case", "held_out_suite", "score_suite"]

log = logging.getLogger(__name__)
SIZE = (512, 512)
FOLLOWUPS = (
    "add",
    "remove",
    "forbid",
    "move",
    "send",
    "relate",
    "resize",
    "recolour",
    "replace",
    "swap",
    "background",
    "count",
    "two",
    "more",
    "all",
)
CLOSE = 0.6  # intersection over union with the teacher's box


@dataclass(frozen=True, slots=True)
class Score:
    """Right ones of all."""

    right: int
    of: int

    def __str__(self) -> str:
        return f"{self.right}/{self.of}"


def main() -> None:
    """Print scores as JSON."""
    parser = argparse.ArgumentParser(description="Score a planner GGUF.")
    parser.add_argument("--model", type=Path, default=GGUF_PATH)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--temperature", type=float, nargs="+", default=[0.0, 0.25])
    parser.add_argument("--followups", type=int, default=20, help="follow-ups of each kind")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO if arguments.show else logging.WARNING, format="%(message)s")
    speaker = Speaker(arguments.model)
    report: dict[str, dict[str, str]] = {}
    for temperature in arguments.temperature:
        for seed in arguments.seeds:
            scores = score_suite(speaker, seed=seed, temperature=temperature)
            report[f"suite {seed}, temperature {temperature}"] = {name: str(score) for name, score in scores.items()}
    if arguments.followups:
        report["follow-ups"] = {
            kind: str(score_followups(speaker, kind, count=arguments.followups)) for kind in FOLLOWUPS
        }
        others: dict[str, Callable[..., Score]] = {
            "current canvas wins": score_history,
            "locked kept (not forced)": score_locks,
            "Chinese": score_chinese,
        }
        report["others"] = {name: str(score(speaker, count=50)) for name, score in others.items()}
        report["others"]["own words"] = str(score_own_words(speaker))
    print(json.dumps(report, indent=1))


def score_suite(speaker: Speaker, *, seed: int, temperature: float) -> dict[str, Score]:
    """LMD's rules per task, and how many answers name exactly the asked things."""
    right: Counter[str] = Counter()
    exact = 0
    for number, case in enumerate(held_out_suite(seed)):
        text = speaker.say(
            (), user_turn(SIZE, Layout(), request=case.caption), temperature=temperature, seed=number + 1
        )
        layout = read_answer(text) or Layout()
        is_right = case.check([(box.phrase, box.rect) for box in layout.boxes], layout.background, layout.negative)
        right[case.task] += is_right
        exact += Counter(box.phrase for box in layout.boxes) == Counter(case.phrases)
        if not is_right:
            log.info("WRONG %s | %s\n%s", case.task, case.caption, text)
    scores = {task: Score(right[task], len(held_out_suite(seed)) // len(TASKS)) for task in TASKS}
    scores["total"] = Score(right.total(), len(held_out_suite(seed)))
    scores["exactly the asked things"] = Score(exact, len(held_out_suite(seed)))
    return scores


def score_followups(speaker: Speaker, kind: str, *, count: int) -> Score:
    """Phrases as the teacher's, untouched boxes unchanged, touched boxes close to the teacher's."""
    rng = random.Random(f"follow-ups {kind}")
    right = done = 0
    while done < count:
        layout = _unlocked(drawn_by_hand(rng, SIZE))
        outcome = draw_kind(rng, layout, SIZE, kind=kind) if 1 <= len(layout.boxes) <= 5 else None
        if outcome is None:
            continue
        done += 1
        answer = speaker.plan((), user_turn(SIZE, layout, request=outcome.request))
        is_right = _agrees(answer, outcome.layout, before=layout)
        right += is_right
        if not is_right:
            log.info(
                "WRONG %s\n%s\n%s",
                user_turn(SIZE, layout, request=outcome.request),
                answer_text(answer),
                answer_text(outcome.layout),
            )
    return Score(right, count)


def score_history(speaker: Speaker, *, count: int) -> Score:
    """Boxes that were moved by hand between two turns stay where the hand put them."""
    return _score_dialogs(speaker, count=count, seed="history", keep=lambda turns: len(turns) > 1)


def score_locks(speaker: Speaker, *, count: int) -> Score:
    """Locked boxes come first and unchanged even where nothing forces them to."""
    return _score_dialogs(speaker, count=count, seed="locks", keep=lambda turns: " *\n" in turns[-1].user)


def score_chinese(speaker: Speaker, *, count: int) -> Score:
    """Chinese captions: the right English phrases, background and negative text."""
    rng = random.Random("chinese")
    right = 0
    for _ in range(count):
        caption = draw_caption(rng, SIZE, chinese_share=1.0)
        answer = speaker.plan((), user_turn(SIZE, Layout(), request=caption.text))
        is_right = _agrees(answer, caption.layout, before=Layout())
        right += is_right
        if not is_right:
            log.info("WRONG %s\n%s", caption.text, answer_text(answer))
    return Score(right, count)


# Written by hand, not drawn from the caption grammar.
OWN_WORDS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("a red car on the left of a blue cup, without cats", ("a red car", "a blue cup"), "cats"),
    ("My picture should contain a white cat that sits to the right of a brown dog", ("a white cat", "a brown dog"), ""),
    ("two green apples lying beside a yellow bowl", ("a green apple", "a green apple", "a yellow bowl"), ""),
    ("a boat at sea with three birds above it", ("a boat", "a bird", "a bird", "a bird"), ""),
    ("Five balloons!", ("a balloon",) * 5, ""),
    ("a house between two trees", ("a house", "a tree", "a tree"), ""),
    ("I'd love a scene where a pink umbrella stands next to a black chair", ("a pink umbrella", "a black chair"), ""),
    ("a laptop on a brown table in a room, no lamps please", ("a laptop", "a brown table"), "lamps"),
    ("a forest with four mushrooms", ("a mushroom",) * 4, ""),
    ("purple fish, orange fish", ("a purple fish", "an orange fish"), ""),
    ("a night sky with six stars and nothing else", ("a star",) * 6, ""),
    ("one cat and two dogs on a grass field", ("a cat", "a dog", "a dog"), ""),
    ("a cup to the left of a bottle and a bowl to the right of the bottle", ("a cup", "a bottle", "a bowl"), ""),
    ("A yellow bird flies above a green house", ("a yellow bird", "a green house"), ""),
    ("a snow field with a red balloon in the top right corner", ("a red balloon",), ""),
    ("there should be three books and no bottles", ("a book",) * 3, "bottles"),
    ("a golden dragon next to a silver knight", ("a golden dragon", "a silver knight"), ""),
    ("an astronaut beside a small tractor", ("an astronaut", "a small tractor"), ""),
    ("a street with a blue car but without any trees", ("a blue car",), "trees"),
    ("backpack left, umbrella right", ("a backpack", "an umbrella"), ""),
)


def score_own_words(speaker: Speaker) -> Score:
    """Captions in words of somebody else than the teacher."""
    right = 0
    for caption, phrases, negative in OWN_WORDS:
        answer = speaker.plan((), user_turn(SIZE, Layout(), request=caption))
        is_right = Counter(box.phrase for box in answer.boxes) == Counter(phrases) and answer.negative == negative
        right += is_right
        if not is_right:
            log.info("WRONG %s\n%s", caption, answer_text(answer))
    return Score(right, len(OWN_WORDS))


def _score_dialogs(speaker: Speaker, *, count: int, seed: str, keep: Callable[[Sequence[Turn]], bool]) -> Score:
    """The last turn of fresh dialogs, judged against the teacher; undo is left out."""
    rng = random.Random(f"dialogs {seed}")
    right = done = 0
    mix = Mix(followup_first=0.5, another_turn=0.6, chinese=0.0, max_turns=3)
    while done < count:
        turns = draw_dialog(rng, mix)
        canvas = _canvas(turns[-1].user)
        if not keep(turns) or not canvas.boxes or _is_undo(turns[-1].user):
            continue
        done += 1
        wanted = read_answer(turns[-1].answer) or Layout()
        answer = speaker.plan(turns[:-1], turns[-1].user)
        is_right = _agrees(answer, wanted, before=canvas)
        right += is_right
        if not is_right:
            log.info("WRONG %s\n%s\n%s", turns[-1].user, answer_text(answer), turns[-1].answer)
    return Score(right, count)


def _agrees(answer: Layout, wanted: Layout, *, before: Layout) -> bool:
    """Same ids, phrases, background and negative text; boxes that stay are equal, others close."""
    if (answer.background, answer.negative) != (wanted.background, wanted.negative):
        return False
    if [(box.id, box.phrase) for box in answer.boxes] != [(box.id, box.phrase) for box in wanted.boxes]:
        return False
    old = {box.id: box.rect for box in before.boxes}
    for mine, theirs in zip(answer.boxes, wanted.boxes, strict=True):
        stays = old.get(theirs.id) == theirs.rect
        if stays and mine.rect != theirs.rect:
            return False
        if theirs.id in old and not stays and closeness(mine.rect, theirs.rect) < CLOSE:
            return False
    return True


def closeness(first: Rect, second: Rect) -> float:
    """Intersection over union."""
    shared = overlap(first, second)
    return shared / (first[2] * first[3] + second[2] * second[3] - shared)


def _canvas(user: str) -> Layout:
    lines = [line.removesuffix(" *") for line in user.split("\n")[1:-1]]
    return (read_answer("\n".join(lines)) if lines else None) or Layout()


def _is_undo(user: str) -> bool:
    words = user.rpartition("request ")[2].lower()
    return any(part in words for part in ("undo", "back", "revert", "before"))


def _unlocked(layout: Layout) -> Layout:
    return replace(layout, boxes=tuple(Box(box.id, box.phrase, box.rect) for box in layout.boxes))


if __name__ == "__main__":
    main()
