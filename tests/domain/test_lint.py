"""What the canvas warns about while boxes are drawn, and what its fixes do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lmd_desktop.domain.clip_tokens import count_tokens, most_tokens, read_ranks
from lmd_desktop.domain.edits import add_box, enable_boxes, lock_boxes, set_box_negative, set_negative
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.lint import Circumstances, Finding, apply_fix, lint

NOTHING = Circumstances()
MERGES = Path(__file__).parents[2] / "resources" / "clip" / "merges.txt"


def layout_of(*boxes: tuple[str, Rect]) -> Layout:
    layout = Layout()
    for phrase, rect in boxes:
        layout = add_box(layout, phrase, rect)
    return layout


def only(layout: Layout, given: Circumstances = NOTHING) -> Finding:
    (finding,) = lint(layout, given)
    return finding


def fixed(layout: Layout, given: Circumstances = NOTHING) -> Layout:
    fix = only(layout, given).fix
    assert fix is not None
    after = apply_fix(layout, fix)
    assert lint(after, given) == ()
    return after


CUPS = layout_of(("a red cup", Rect(100, 100, 100, 100)), ("The red cup", Rect(160, 110, 100, 100)))


def test_boxes_of_the_same_thing_must_not_overlap_and_are_moved_apart_the_short_way() -> None:
    assert only(CUPS).kind == "overlap"
    assert only(CUPS).boxes == ("2", "1")
    assert fixed(CUPS).box("2").rect == Rect(200, 110, 100, 100)


def test_other_things_may_overlap_and_equal_ones_may_touch() -> None:
    other = layout_of(("a table", Rect(100, 100, 100, 100)), ("a red cup", Rect(160, 110, 100, 100)))
    assert lint(other, NOTHING) == ()
    touching = layout_of(("a red cup", Rect(100, 100, 100, 100)), ("a red cup", Rect(195, 100, 100, 100)))
    assert lint(touching, NOTHING) == ()


def test_a_locked_box_is_not_moved_by_a_fix() -> None:
    assert fixed(lock_boxes(CUPS, ["2"])).box("1").rect == Rect(60, 100, 100, 100)
    both = only(lock_boxes(CUPS, ["1", "2"]))
    assert both.fix is not None
    assert both.fix.unlocked == ("2",)


def test_boxes_that_are_left_out_of_the_picture_are_not_judged() -> None:
    assert lint(enable_boxes(CUPS, ["2"], is_enabled=False), NOTHING) == ()


def test_a_box_off_the_canvas_comes_back() -> None:
    layout = layout_of(("a cup", Rect(0, 0, 100, 100)))
    off = replace(layout, boxes=(replace(layout.boxes[0], rect=Rect(450, -20, 100, 100)),))
    assert only(off).kind == "outside"
    assert fixed(off).box("1").rect == Rect(412, 0, 100, 100)


@pytest.mark.parametrize(
    ("rect", "larger"),
    [
        (Rect(100, 100, 32, 32), Rect(84, 84, 64, 64)),
        (Rect(100, 100, 16, 400), Rect(92, 100, 32, 400)),
        (Rect(490, 490, 20, 20), Rect(448, 448, 64, 64)),
    ],
)
def test_a_box_that_the_method_would_lose_grows(rect: Rect, larger: Rect) -> None:
    layout = layout_of(("a gull", rect))
    guided = Circumstances(smallest_box=1 / 8)
    assert only(layout, guided).kind == "small"
    grown = fixed(layout, guided).box("1").rect
    assert abs(grown.x - larger.x) <= 6
    assert grown.width >= larger.width
    assert lint(layout, NOTHING) == ()


def test_a_phrase_longer_than_clip_reads_is_cut_after_its_last_whole_word() -> None:
    ranks = read_ranks(MERGES.read_text(encoding="utf-8").splitlines())
    given = Circumstances(count_tokens=lambda text: count_tokens(text, ranks))
    layout = layout_of(("x1 " * 60, Rect(0, 0, 100, 100)))
    assert (only(layout, given).kind, only(layout, given).detail) == ("long", "120")
    assert fixed(layout, given).box("1").phrase == ("x1 " * 37).strip()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a photo of a cat", 5),
        ("naïve café don't", 6),
        ("一只红色的猫在桌子上", 25),
        ("12345 abc", 6),
        ("🙂🙂 hello...!!", 4),
        ("supercalifragilistic it's we'll", 9),
        ("", 0),
    ],
)
def test_tokens_are_counted_as_clip_counts_them(text: str, tokens: int) -> None:
    """Expected values from transformers' CLIPTokenizer with the same merges."""
    ranks = read_ranks(MERGES.read_text(encoding="utf-8").splitlines())
    assert count_tokens(text, ranks) == tokens
    assert most_tokens(text) >= tokens


def test_a_phrase_that_an_own_prompt_does_not_name_is_added_to_it() -> None:
    layout = layout_of(("a red cup", Rect(0, 0, 100, 100)), ("a berry", Rect(200, 0, 100, 100)))
    finding = only(layout, Circumstances(prompt="Berries on a table."))
    assert (finding.kind, finding.boxes) == ("missing", ("1",))
    assert finding.fix is not None
    assert finding.fix.prompt == "Berries on a table, a red cup"
    assert lint(layout, Circumstances(prompt=finding.fix.prompt)) == ()


def test_a_thing_that_is_wanted_and_excluded_is_a_contradiction() -> None:
    layout = set_negative(layout_of(("a red car", Rect(0, 0, 100, 100))), "blurry, cars, car, cat")
    assert (only(layout).kind, only(layout).detail) == ("excluded", "car")
    assert fixed(layout).negative_prompt == "blurry, cars, cat"
    own = set_box_negative(layout_of(("a red car", Rect(0, 0, 100, 100))), "1", "Red")
    assert only(own).kind == "excluded_here"
    assert fixed(own).box("1").negative == ""


def test_two_locked_boxes_on_one_place_are_a_contradiction_that_unlocking_solves() -> None:
    layout = layout_of(("a cat", Rect(0, 0, 100, 100)), ("a dog", Rect(2, 0, 100, 100)))
    assert lint(layout, NOTHING) == ()
    assert not fixed(lock_boxes(layout, ["1", "2"])).box("2").is_locked
