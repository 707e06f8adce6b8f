"""The rules on layouts and on what a judge sees: the paper's four, the harder ones, the strict ones."""

from __future__ import annotations

import pytest

from lmd_desktop.benchmark.layouts import filtered, layout_fault, raw_layout, strict_fault
from lmd_desktop.benchmark.prompts import BenchmarkPrompt
from lmd_desktop.benchmark.rules import Absent, Beside, Count, Larger, Present, Rule, Seen, Touching
from lmd_desktop.benchmark.statistics import Share, design_effect
from lmd_desktop.domain.layout import Box, Layout, Rect, Size

LEFT, RIGHT, HIGH = Rect(20, 200, 100, 100), Rect(300, 200, 100, 100), Rect(20, 20, 100, 100)


def seen(*named: tuple[str, Rect]) -> list[Seen]:
    return [Seen(name, box) for name, box in named]


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (Absent("cat"), seen(("a dog", LEFT)), seen(("a black cat", LEFT))),
        (Count("cat", 2), seen(("a cat", LEFT), ("a cat", RIGHT)), seen(("a cat", LEFT))),
        (Count("cat", 1), seen(("a cat", LEFT)), seen(("a cat", LEFT), ("a red cat", RIGHT))),
        (Present("a red car"), seen(("a red car", LEFT)), seen(("a blue car", LEFT), ("red cars", RIGHT))),
        (
            Beside("cat", "left", "dog"),
            seen(("a cat", LEFT), ("a dog", RIGHT)),
            seen(("a dog", LEFT), ("a cat", RIGHT)),
        ),
        (Beside("cat", "right", "dog"), seen(("a cat", RIGHT), ("a dog", LEFT)), seen(("a cat", RIGHT))),
        (Beside("cat", "top", "dog"), seen(("a cat", HIGH), ("a dog", LEFT)), seen(("a cat", LEFT), ("a dog", RIGHT))),
        (
            Beside("cat", "bottom", "dog"),
            seen(("a cat", LEFT), ("a dog", HIGH)),
            seen(("a cat", HIGH), ("a dog", LEFT)),
        ),
        (
            Touching("cat", "on", "table"),
            seen(("a cat", Rect(50, 105, 60, 100)), ("a table", Rect(20, 200, 100, 100))),
            seen(("a cat", HIGH), ("a table", LEFT)),
        ),
        (
            Touching("cat", "under", "table"),
            seen(("a cat", Rect(30, 290, 60, 60)), ("a table", LEFT)),
            seen(("a cat", RIGHT), ("a table", LEFT)),
        ),
        (
            Touching("apple", "in", "bowl"),
            seen(("an apple", Rect(40, 190, 40, 40)), ("a bowl", LEFT)),
            seen(("an apple", Rect(40, 165, 40, 40)), ("a bowl", LEFT)),
        ),
        (
            Larger("cat", "dog"),
            seen(("a cat", LEFT), ("a dog", Rect(300, 200, 50, 50))),
            seen(("a cat", LEFT), ("a dog", RIGHT)),
        ),
    ],
)
def test_a_rule_holds_or_says_why_not(rule: Rule, good: list[Seen], bad: list[Seen]) -> None:
    assert rule.fault(good) is None
    assert rule.fault(bad)


def test_a_side_is_judged_by_the_first_box_that_is_named_so() -> None:
    rule = Beside("cat", "left", "dog")
    assert rule.fault(seen(("a cat", LEFT), ("a dog", RIGHT), ("a cat", Rect(480, 200, 20, 20)))) is None
    assert rule.fault(seen(("a catapult", LEFT), ("a dog", RIGHT))) == "no cat"


def layout(*named: tuple[str, Rect], negative: str = "") -> Layout:
    boxes = tuple(Box(str(number), name, rect, "#000000") for number, (name, rect) in enumerate(named, start=1))
    return Layout(boxes=boxes, negative_prompt=negative)


SPATIAL = BenchmarkPrompt(0, "spatial", "", (Beside("cat", "left", "dog"),), ("a cat", "a dog"))
NEGATION = BenchmarkPrompt(0, "negation", "", (Absent("cat"),), (), ("cat",))


@pytest.mark.parametrize(
    ("prompt", "faulty", "fault"),
    [
        (SPATIAL, layout(("a cat", Rect(0, 0, 300, 100)), ("a dog", Rect(200, 90, 300, 100))), "with a gap"),
        (SPATIAL, layout(("a cat", Rect(0, 0, 300, 100)), ("a dog", Rect(200, 0, 300, 100))), "overlap"),
        (SPATIAL, layout(("a cat", LEFT), ("a dog", RIGHT), ("a tree", HIGH)), "3 boxes, wanted 2"),
        (SPATIAL, layout(("a cat", LEFT), ("a dog", Rect(450, 0, 100, 100))), "leaves the canvas"),
        (NEGATION, layout(negative="dogs"), "not in the negative prompt"),
    ],
)
def test_the_strict_rules_find_what_the_paper_lets_pass(prompt: BenchmarkPrompt, faulty: Layout, fault: str) -> None:
    assert layout_fault(prompt, faulty) is None
    assert fault in (strict_fault(prompt, faulty) or "")


def test_a_good_layout_passes_the_strict_rules() -> None:
    assert strict_fault(SPATIAL, layout(("A cat", LEFT), ("a dog", RIGHT))) is None
    assert strict_fault(NEGATION, layout(negative="Cats")) is None


def test_a_raw_answer_is_taken_word_for_word() -> None:
    raw = "box 1 a cat | 0 0 600 100\nbox 1 a cat | 0 0 600 100\nnonsense\nbg a room\nneg dogs\n"
    read = raw_layout(raw, Size(512, 512))
    assert [box.rect for box in read.boxes] == [Rect(0, 0, 600, 100)] * 2
    assert (read.background_prompt, read.negative_prompt) == ("a room", "dogs")


def test_the_papers_filter_drops_what_is_no_thing_and_scales_what_leaves_the_canvas() -> None:
    inside = layout(("a cat", LEFT), ("a room", Rect(0, 0, 512, 512)), ("a line", Rect(0, 0, 0, 9)))
    assert [box.rect for box in filtered(inside).boxes] == [LEFT]
    outside = filtered(layout(("a cat", Rect(0, -100, 300, 300)), ("a dog", Rect(400, 0, 300, 300))))
    assert all(rect.x >= 0 and rect.y >= 0 and rect.right <= 513 and rect.bottom <= 513 for rect in _rects(outside))
    assert outside.boxes[0].rect.width == round(300 * 512 / 700)


def test_wilsons_interval_is_the_published_one() -> None:
    assert Share(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I
    assert Share(0, 20).interval == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert Share(0, 0).interval == (0.0, 1.0)


def test_pictures_that_come_out_alike_count_for_less() -> None:
    apart = [("numeracy", str(index), index % 4 > 0) for index in range(100)]
    alike = [("numeracy", str(index // 5), index // 5 % 4 > 0) for index in range(100)]
    assert design_effect(apart) == pytest.approx(100 / 99)
    assert design_effect(alike) == pytest.approx(5 * 20 / 19)
    assert design_effect([("numeracy", "x", True)] * 5) == 1.0
    assert design_effect([]) == 1.0


def test_a_fixed_number_of_captions_in_each_task_widens_nothing() -> None:
    """Negation always wrong and numeracy always right is no chance: it would be so again."""
    outcomes = [(task, str(index), task == "numeracy") for task in ("negation", "numeracy") for index in range(50)]
    assert design_effect(outcomes) == 1.0


def _rects(found: Layout) -> list[Rect]:
    return [box.rect for box in found.boxes]
