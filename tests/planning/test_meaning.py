"""The checks find every planted fault, cry wolf at nothing, and their fixes put things right."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from lmd_desktop.domain.layout import Box, Layout, Rect
from lmd_desktop.domain.violations import apply_fix
from lmd_desktop.planning.caption import read_caption
from lmd_desktop.planning.meaning import check_meaning, safe_fixes
from models.starter_world.planner.suite import held_out_suite
from tests.benchmarks.checker import prove
from tests.planning.layouts import draw_case, plant

LAYOUTS = 500


def box(box_id: str, phrase: str, x: int, y: int, width: int = 96, height: int = 96, *, locked: bool = False) -> Box:
    return Box(box_id, phrase, Rect(x, y, width, height), "#000000", is_locked=locked)


def layout_of(*boxes: Box, background: str = "a field", negative: str = "") -> Layout:
    return Layout(boxes=boxes, background_prompt=background, negative_prompt=negative)


def kinds(request: str, layout: Layout, before: Layout | None = None) -> list[str]:
    return [violation.kind for violation in check_meaning(request, layout, before)]


def test_no_false_alarm_on_good_layouts() -> None:
    cases = [draw_case(random.Random(seed)) for seed in range(LAYOUTS)]
    alarms = [(case.caption, found) for case in cases if (found := check_meaning(case.caption, case.layout))]
    assert alarms == []


def test_every_planted_fault_is_found() -> None:
    missed: list[tuple[str, str]] = []
    for seed in range(LAYOUTS):
        rng = random.Random(seed)
        case = draw_case(rng)
        kind, faulty = plant(rng, case)
        if not check_meaning(case.caption, faulty):
            missed.append((kind, case.caption))
    assert missed == []


def test_harder_captions_and_edits_are_judged_right() -> None:
    """The whole proof is ``python -m tests.benchmarks.checker``."""
    found = prove(60, seed=7)
    assert (found["alarms"], found["not_found"]) == ([], [])


def test_no_false_alarm_about_things_on_captions_of_other_making() -> None:
    alarms: list[tuple[str, str]] = []
    for case in held_out_suite(3):
        boxes = [box(str(i), phrase, 8 + 60 * (i % 8), 8) for i, phrase in enumerate(case.phrases, 1)]
        negative = ", ".join(absent.words for absent in read_caption(case.caption).absent)
        found = check_meaning(case.caption, layout_of(*boxes, background="a realistic scene", negative=negative))
        # The suite knows the phrases of a right layout, not its places.
        alarms += [(case.caption, violation.sentence) for violation in found if violation.kind != "relation"]
    assert alarms == []


def test_fixes_leave_less_wrong_and_many_faults_have_one() -> None:
    fixed = 0
    for seed in range(200):
        rng = random.Random(seed)
        case = draw_case(rng)
        _, faulty = plant(rng, case)
        found = check_meaning(case.caption, faulty)
        for violation in found:
            if violation.fix is not None:
                fixed += 1
                assert len(check_meaning(case.caption, apply_fix(faulty, violation.fix))) < len(found)
    assert fixed > 150


@pytest.mark.parametrize(
    ("request_text", "layout"),
    [
        ("a photo of two men and a woman", layout_of(
            box("1", "a man", 0, 0), box("2", "a man", 99, 0), box("3", "a woman", 200, 0))),
        ("a cat sleeping on a red sofa", layout_of(
            box("1", "a sleeping cat", 120, 200), box("2", "a red couch", 60, 250, 300, 200))),
        ("a man wearing a hat", layout_of(box("1", "a man wearing a hat", 100, 100))),
        ("no red cars, but a blue car", layout_of(box("1", "a blue car", 0, 0), negative="red cars")),
        ("a bottle of wine between a cup and a plate", layout_of(
            box("1", "a wine bottle", 200, 200), box("2", "a cup", 0, 200), box("3", "a plate", 400, 200))),
        ("a car park at night", layout_of(background="a car park at night")),
        ("three people", layout_of(box("1", "a man", 0, 0), box("2", "a woman", 99, 0), box("3", "a child", 200, 0))),
        ("一只猫在狗的左边", layout_of(box("1", "a cat", 300, 0), box("2", "a dog", 0, 0))),
        ("a cat, not without a hat", layout_of(box("1", "a cat", 0, 0), box("2", "a hat", 0, 0))),
        ("a cup directly above a car", layout_of(box("1", "a cup", 100, 0), box("2", "a car", 100, 300))),
        ("a red car among the trees, not cups", layout_of(box("1", "a red car", 100, 0), negative="cup")),
        ("2 dogs indoors", layout_of(box("1", "a dog", 100, 0), box("2", "a dog", 300, 0))),
        ("an apple on a table", layout_of(
            box("1", "an apple", 200, 180, 60, 60), box("2", "a table", 80, 230, 350, 200))),
        ("an apple on a table", layout_of(box("1", "an apple", 200, 180, 60, 60), background="a wooden table")),
        ("flowers in a vase beside a cup", layout_of(
            box("1", "flowers", 100, 60, 120, 160), box("2", "a vase", 110, 200, 100, 200),
            box("3", "a cup", 300, 300))),
        ("a girl in a red dress in a car", layout_of(
            box("1", "a girl in a red dress", 200, 150), box("2", "a car", 80, 140, 400, 250))),
        ("A man riding a wave on top of a surfboard.", layout_of(
            box("1", "a man", 200, 100, 100, 160), box("2", "a surfboard", 180, 240, 160, 60),
            box("3", "a wave", 0, 300, 500, 200))),
        ("A bird perched on a branch, a train traveling down a track.", layout_of(
            box("1", "a bird", 100, 60), box("2", "a branch", 60, 140, 200, 60), box("3", "a train", 300, 300),
            background="a railway track")),
        ("a boat under a bridge in the fog", layout_of(box("1", "a boat", 20, 300), box("2", "a bridge", 200, 20))),
        ("a cat beside another cat, one big and one small", layout_of(
            box("1", "a cat", 0, 0), box("2", "a cat", 200, 0))),
        ("a red car to the left of a blue car with a bird above", layout_of(
            box("1", "a red car", 0, 300), box("2", "a blue car", 300, 300), box("3", "a bird", 320, 10))),
    ],
)  # fmt: skip
def test_what_keeps_the_request_in_other_words_is_no_violation(request_text: str, layout: Layout) -> None:
    assert check_meaning(request_text, layout) == ()


def test_a_violation_is_told_in_a_plain_sentence() -> None:
    layout = layout_of(box("1", "a cat", 300, 0), box("2", "a dog", 0, 0))
    (violation,) = check_meaning("a cat to the left of a dog", layout)
    assert violation.sentence == "“a cat” should be to the left of “a dog”."
    assert violation.boxes == ("1", "2")
    assert violation.fix is not None
    assert violation.fix.title == "Swap “a cat” and “a dog”"


def test_a_fix_never_touches_a_locked_box() -> None:
    layout = layout_of(box("1", "a cat", 300, 0), box("2", "a dog", 0, 0, locked=True))
    for violation in check_meaning("a cat to the left of a dog", layout):
        assert violation.fix is None or "2" not in dict(violation.fix.placed)
    locked = layout_of(box("1", "a cat", 0, 0, locked=True), negative="cats")
    assert [v.fix for v in check_meaning("a room without cats", locked)] == [None]


def test_what_changes_no_box_can_be_put_right_without_asking() -> None:
    layout = layout_of(box("1", "a dog", 0, 0), background="a meadow with a brown dog and trees")
    fixed = layout
    for fix in safe_fixes(check_meaning("a dog in a meadow without cats", layout)):
        fixed = apply_fix(fixed, fix)
    assert (fixed.background_prompt, fixed.negative_prompt) == ("a meadow and trees", "cat")
    assert check_meaning("a dog in a meadow without cats", fixed) == ()


BEFORE = layout_of(box("1", "a red car", 0, 0), box("2", "a tree", 200, 0), box("3", "a tree", 400, 0))
BIG, DOG = box("1", "a red car", 0, 0, 140, 140), box("4", "a dog", 100, 300)


@pytest.mark.parametrize(
    ("request_text", "after", "expected"),
    [
        ("add a dog", BEFORE, ["count"]),
        ("add a dog", replace(BEFORE, boxes=(*BEFORE.boxes, box("4", "a dog", 100, 300))), []),
        ("add one more tree", BEFORE, ["count"]),
        ("remove the car", BEFORE, ["negation"]),
        ("remove the car", replace(BEFORE, boxes=BEFORE.boxes[1:]), []),
        ("no trees after all", BEFORE, ["negation", "negation"]),
        ("make the car bigger", BEFORE, ["size"]),
        ("make the car bigger", replace(BEFORE, boxes=(BIG, *BEFORE.boxes[1:])), []),
        ("make the car blue", BEFORE, ["attribute"]),
        ("move the car to the right", BEFORE, ["relation"]),
        ("add a dog", replace(BEFORE, boxes=(*BEFORE.boxes, DOG, box("5", "a cat", 0, 300))), ["change"]),
        ("make the tree bigger", BEFORE, []),  # which of the two?
        ("undo that", BEFORE, []),
    ],
)
def test_on_a_canvas_with_boxes_only_the_change_is_checked(
    request_text: str, after: Layout, expected: list[str]
) -> None:
    assert kinds(request_text, after, BEFORE) == expected


def test_swap_them_is_sure_where_there_are_two_and_everything_means_every_box() -> None:
    two = layout_of(box("1", "a cat", 16, 200), box("2", "a dog", 300, 200))
    swapped = layout_of(box("1", "a cat", 300, 200), box("2", "a dog", 16, 200))
    assert kinds("Swap them!", two, two) == ["relation", "relation"]
    assert kinds("Swap them!", swapped, two) == []
    three = replace(two, boxes=(*two.boxes, box("3", "a cup", 160, 16)))
    assert kinds("Swap them!", three, three) == []
    grown = layout_of(box("1", "a cat", 0, 180, 128, 128), box("2", "a dog", 284, 184))
    assert kinds("make everything bigger", grown, two) == ["size"]
