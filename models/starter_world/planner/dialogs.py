"""The dialog teacher: captions, follow-ups, hand edits and locks strung together as the app would show them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.starter_world.planner.captions import background_prompt, draw_caption
from models.starter_world.planner.followups import draw_followup, one_more
from models.starter_world.planner.held_out import is_suite_turn
from models.starter_world.planner.layout import Box, Layout, Rect, Size, Turn, answer_text, snap, user_turn
from models.starter_world.planner.mistakes import Mistake, caption_mistake, followup_mistake
from models.starter_world.planner.outcomes import Outcome
from models.starter_world.planner.placing import free_place, natural_size, overlap
from models.starter_world.planner.speech import draw_group, type_it
from models.starter_world.planner.wordings import UNDOINGS
from models.starter_world.planner.words import PLACES, STRANGE_PLACES, plural
from models.starter_world.vocabulary import THINGS

OTHER_SIZES: tuple[Size, ...] = (
    (512, 384),
    (384, 512),
    (512, 288),
    (288, 512),
    (512, 256),
    (512, 344),
    (512, 320),
    (408, 512),
)


OTHER_PLACES = ("a park", "a street", "a meadow", "a kitchen", "a garden", "a field", "a hill", "a lake", "a yard")


@dataclass(frozen=True, slots=True)
class Mix:
    """What share of the dialogs is what; the curriculum moves these."""

    copies: float = 0.0  # a canvas full of boxes and a request that changes nothing
    followup_first: float = 0.45  # begins with boxes that somebody drew
    another_turn: float = 0.3  # after every turn
    chinese: float = 0.08
    mistakes: float = 0.1  # the answer was wrong, the application told so, and it is asked for again
    max_turns: int = 4
    most_boxes: int = 6  # that somebody drew


def draw_dialog(rng: random.Random, mix: Mix) -> list[Turn]:
    """A dialog of one or more turns."""
    size = (512, 512) if rng.random() < 0.85 else rng.choice(OTHER_SIZES)
    if rng.random() < mix.copies:
        return [_copy(rng, size)]
    turns: list[Turn] = []
    canvas = Layout()
    if rng.random() < mix.followup_first:
        canvas = drawn_by_hand(rng, size, most=mix.most_boxes)
    states: list[Layout] = []  # what the canvas was when each request was sent
    last: Outcome | None = None
    asked = 0
    while True:
        states.append(canvas)
        request, after, last, mistake = _request(rng, canvas, size, states=states, last=last, mix=mix)
        if is_suite_turn([box.phrase for box in canvas.boxes], request):
            states.pop()
            last = None
            continue
        if mistake is not None and answer_text(mistake.layout) != answer_text(after):
            turns.append(Turn(user_turn(size, canvas, request=request), answer_text(mistake.layout), is_learnt=False))
            notes = [f"wrong: {demand}" for demand in mistake.demands]
            turns.append(Turn(user_turn(size, mistake.layout, request=request, notes=notes), answer_text(after)))
        else:
            turns.append(Turn(user_turn(size, canvas, request=request), answer_text(after)))
        asked += 1
        if mistake is not None or asked == mix.max_turns or rng.random() >= mix.another_turn:
            return turns
        canvas = after
        if rng.random() < 0.5:
            canvas, last = edited_by_hand(rng, canvas, size), None


def _copy(rng: random.Random, size: Size) -> Turn:
    """Nothing changes: the purest lesson in copying."""
    canvas = drawn_by_hand(rng, size)
    while not 2 <= len(canvas.boxes) <= 7:
        canvas = drawn_by_hand(rng, size)
    locked = [box for box in canvas.boxes if box.locked]
    after = replace(canvas, boxes=(*locked, *(box for box in canvas.boxes if not box.locked)))
    request = rng.choice(("keep everything as it is", "do not change anything", "thanks", "nice"))
    return Turn(user_turn(size, canvas, request=type_it(rng, request)), answer_text(after))


def _request(
    rng: random.Random,
    canvas: Layout,
    size: Size,
    *,
    states: Sequence[Layout],
    last: Outcome | None,
    mix: Mix,
) -> tuple[str, Layout, Outcome | None, Mistake | None]:
    """What is asked, the layout that answers, what it was if a follow-up, and perhaps a wrong answer before."""
    is_mistaken = rng.random() < mix.mistakes
    if not canvas.boxes:
        return _scene_request(rng, canvas, size, mix=mix, is_mistaken=is_mistaken)
    if len(states) > 1 and rng.random() < 0.1:
        return *_undo(rng, canvas, states[-2]), None, None
    if rng.random() < 0.04:
        return _scene_request(rng, canvas, size, mix=mix, is_mistaken=False)
    newest = canvas.boxes[-1].phrase
    if last is not None and last.kind in ("add", "more") and rng.random() < 0.25 and len(canvas.boxes) < 12:
        outcome = one_more(rng, canvas, size, phrase=newest)
    else:
        outcome = draw_followup(rng, canvas, size)
    mistake = followup_mistake(rng, canvas, outcome) if is_mistaken else None
    return type_it(rng, outcome.request), outcome.layout, outcome, mistake


def _scene_request(
    rng: random.Random, canvas: Layout, size: Size, *, mix: Mix, is_mistaken: bool
) -> tuple[str, Layout, None, Mistake | None]:
    """A whole caption: fills an empty canvas, replaces what is there, spares what is locked."""
    caption = draw_caption(rng, size, chinese_share=mix.chinese)
    layout, text = caption.layout, caption.text
    locked = tuple(box for box in canvas.boxes if box.locked)
    first_id = canvas.next_id()
    taken = [box.rect for box in locked]
    new: list[Box] = []
    for index, box in enumerate(layout.boxes):
        rect = free_place(box.phrase, taken, size=size) if locked else box.rect
        taken.append(rect)
        new.append(replace(box, id=first_id + index, rect=rect))
    if canvas.boxes and rng.random() < 0.6:
        lead = rng.choice(
            ("instead, ", "new scene: ", "start over: ", "forget that, ", "a new picture: ", "something else: ")
        )
        text = lead + text
    background, negative = layout.background, layout.negative
    if not canvas.boxes and canvas.background and not caption.names_background:
        background = canvas.background
    if not canvas.boxes and canvas.negative:
        negative = f"{canvas.negative}, {negative}" if negative else canvas.negative
    after = Layout((*locked, *new), background, negative)
    mistake = caption_mistake(rng, after, caption.relations) if is_mistaken and canvas.is_empty else None
    return text, after, None, mistake


def _undo(rng: random.Random, canvas: Layout, before: Layout) -> tuple[str, Layout]:
    """Back to the canvas of the request before."""
    locked = tuple(box for box in canvas.boxes if box.locked)
    ids = {box.id for box in locked}
    background = before.background or canvas.background
    boxes = (*locked, *(replace(box, locked=False) for box in before.boxes if box.id not in ids))
    return type_it(rng, rng.choice(UNDOINGS)), Layout(boxes, background, before.negative)


def drawn_by_hand(rng: random.Random, size: Size, *, most: int = 6) -> Layout:
    """Boxes as somebody might have drawn, moved and renamed them; about ``most`` at most."""
    if most >= 6 and rng.random() < 0.3:
        return edited_by_hand(rng, draw_caption(rng, size, chinese_share=0.0).layout, size)
    boxes: list[Box] = []
    box_id = 1
    for _ in range(min(rng.choice((0, 1, 2, 2, 3, 3, 3, 4, 4, 5, 6)), most)):
        boxes.append(Box(box_id, _phrase(rng, boxes), _hand_drawn(rng, size, boxes)))
        box_id += 1 if rng.random() < 0.85 else rng.randint(2, 5)
    boxes = [replace(box, locked=rng.random() < 0.2) for box in boxes]
    if rng.random() < 0.1:
        rng.shuffle(boxes)
    return Layout(tuple(boxes), _background(rng), _negative(rng))


def edited_by_hand(rng: random.Random, layout: Layout, size: Size) -> Layout:
    """One to three edits on the canvas."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        layout = _edit(rng, layout, size)
    return layout


def _edit(rng: random.Random, layout: Layout, size: Size) -> Layout:
    boxes = list(layout.boxes)
    kind = rng.choice(
        (
            "move",
            "move",
            "move",
            "resize",
            "resize",
            "rename",
            "delete",
            "add",
            "lock",
            "lock",
            "background",
            "negative",
        )
    )
    if kind == "background":
        return replace(layout, background=_background(rng))
    if kind == "negative":
        return replace(layout, negative=_negative(rng))
    if kind == "add" or not boxes:
        if len(boxes) < 10:
            boxes.append(Box(layout.next_id(), _phrase(rng, boxes), _hand_drawn(rng, size, boxes)))
        return replace(layout, boxes=tuple(boxes))
    index = rng.randrange(len(boxes))
    box = boxes[index]
    if kind == "delete":
        del boxes[index]
    elif kind == "rename":
        boxes[index] = replace(box, phrase=_phrase(rng, []))
    elif kind == "lock":
        boxes[index] = replace(box, locked=not box.locked)
    elif kind == "move":
        x = 8 * rng.randint(0, (size[0] - box.rect[2]) // 8)
        y = 8 * rng.randint(0, (size[1] - box.rect[3]) // 8)
        boxes[index] = replace(box, rect=(x, y, box.rect[2], box.rect[3]))
    else:
        boxes[index] = replace(box, rect=_random_rect(rng, size))
    return replace(layout, boxes=tuple(boxes))


def _phrase(rng: random.Random, others: Sequence[Box]) -> str:
    if others and rng.random() < 0.15:
        return rng.choice(others).phrase
    group = draw_group(rng, strangeness=0.12)
    return rng.choice((group.words, group.phrase)) if rng.random() < 0.1 else group.phrase


def _hand_drawn(rng: random.Random, size: Size, others: Sequence[Box]) -> Rect:
    """Mostly a natural size at a place where little is, sometimes anything."""
    best = _random_rect(rng, size)
    if rng.random() < 0.3:
        return best
    for _ in range(3):
        width, height = natural_size(draw_group(rng, strangeness=0.1).phrase)
        width, height = min(width, size[0]), min(height, size[1])
        x, y = 8 * rng.randint(0, (size[0] - width) // 8), 8 * rng.randint(0, (size[1] - height) // 8)
        rect = (x, y, width, height)
        if sum(overlap(rect, other.rect) for other in others) == 0:
            return rect
    return best


def _random_rect(rng: random.Random, size: Size) -> Rect:
    width = min(snap(rng.uniform(40, 0.6 * size[0])), size[0])
    height = min(snap(rng.uniform(40, 0.6 * size[1])), size[1])
    return 8 * rng.randint(0, (size[0] - width) // 8), 8 * rng.randint(0, (size[1] - height) // 8), width, height


def _background(rng: random.Random) -> str:
    if rng.random() < 0.4:
        return rng.choice(("a realistic scene", "a realistic photo of a scene"))
    place = rng.choice(tuple(PLACES)) if rng.random() < 0.5 else rng.choice((*STRANGE_PLACES, *OTHER_PLACES))
    return background_prompt(rng.choice(("", "", "a painting of", "a sketch of", "a photo of")), place)


def _negative(rng: random.Random) -> str:
    if rng.random() < 0.65:
        return ""
    return ", ".join(plural(noun) for noun in rng.sample(tuple(THINGS), rng.choice((1, 1, 2))))
