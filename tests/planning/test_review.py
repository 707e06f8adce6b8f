"""A wrong answer is put right where that needs no person, else asked for once more; what stays wrong is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from lmd_desktop.domain.edits import add_box, lock_boxes
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.requests import PlanRequest, PlanResult
from lmd_desktop.domain.scene import Scene, add_request
from lmd_desktop.planning.engine import Evaluated
from lmd_desktop.planning.llama import LlamaEngine
from lmd_desktop.planning.planner import Planner
from tests.planning.conftest import ScriptedEngine

ONE = "box 1 a cup | 8 8 96 96\nbg a table\nneg \n"
TWO = "box 1 a cup | 8 8 96 96\nbox 2 a cup | 200 8 96 96\nbg a table\nneg \n"
Plans = Callable[..., tuple[PlanResult, list[str]]]


class TalkingEngine(ScriptedEngine):
    """A model that says one text after the other."""

    def __init__(self, real: LlamaEngine, scripts: Sequence[str]) -> None:
        super().__init__(real, scripts[0])
        self._left = [[*real.tokenize(script), self._end_token()] for script in scripts]

    def evaluate(
        self, tokens: Sequence[int], *, check: Callable[[], None], on_progress: Callable[[int, int], None]
    ) -> Evaluated:
        self._script = self._left.pop(0)
        return super().evaluate(tokens, check=check, on_progress=on_progress)


@pytest.fixture
def planned(tiny_engine: LlamaEngine) -> Plans:
    """The plan of a model that says these texts, with its prompts."""

    def make(
        text: str, *scripts: str, start: Layout | None = None, is_checked: bool = True
    ) -> tuple[PlanResult, list[str]]:
        engine = TalkingEngine(tiny_engine, scripts)
        asked = add_request(Scene(start=start or Layout()), text)
        request = PlanRequest(asked.dialog.path(), asked.layout, text, 0, is_checked=is_checked)
        planner = Planner.with_engine(engine, sha256="0")
        result = planner.plan(request, check=lambda: None, on_box=lambda box: None, on_progress=lambda *step: None)
        return result, [b"".join(map(engine.piece, prompt)).decode() for prompt in engine.prompts]

    return make


def test_a_wrong_count_is_asked_for_once_more_by_name(planned: Plans) -> None:
    result, prompts = planned("two cups on a table", ONE, TWO)
    assert [box.phrase for box in result.layout.boxes] == ["a cup", "a cup"]
    assert result.answers == (ONE, TWO)
    assert result.raw == TWO
    assert result.asked_again == ('need 2 boxes "a cup", got 1',)
    assert result.violations == ()
    assert prompts[1].startswith(prompts[0] + ONE.removesuffix("\n"))
    assert 'note wrong: need 2 boxes "a cup", got 1\nrequest two cups on a table' in prompts[1]


def test_the_better_answer_wins_and_what_is_left_is_told(planned: Plans) -> None:
    result, _ = planned("three cups, no dogs", ONE, "box 1 a dog | 8 8 96 96\nbg a table\nneg \n")
    assert result.raw == ONE
    assert [violation.sentence for violation in result.violations] == ["There should be 3 × “cup”, but there are 1."]
    assert result.notes == ("There should be 3 × “cup”, but there are 1.",)
    assert result.layout.negative_prompt == "dog"
    assert result.repairs == ("Add “dog” to the negative prompt.",)


def test_a_right_answer_is_not_asked_for_again(planned: Plans) -> None:
    result, prompts = planned("two cups on a table", TWO)
    assert (len(prompts), result.answers, result.repairs, result.asked_again) == (1, (TWO,), (), ())


def test_raw_figures_get_the_first_answer_as_it_is(planned: Plans) -> None:
    result, prompts = planned("two cups, no dogs", ONE, is_checked=False)
    assert (len(prompts), len(result.layout.boxes), result.layout.negative_prompt) == (1, 1, "")


def test_a_locked_box_survives_both_answers(planned: Plans) -> None:
    start = add_box(Layout(background_prompt="a table"), "a lamp", Rect(13, 17, 101, 203))
    start = lock_boxes(start, ["1"])
    mended = "box 2 a cup | 24 40 96 96\nbg a table\nneg \n"
    result, prompts = planned("add a cup", "bg a table\nneg \n", mended, start=start)
    assert result.layout.box("1") == start.box("1")
    assert [box.phrase for box in result.layout.boxes] == ["a lamp", "a cup"]
    assert len(prompts) == 2


def test_clashing_boxes_are_pushed_apart_silently(planned: Plans) -> None:
    result, _ = planned(
        "a car and a cup", "box 1 a car | 96 200 200 120\nbox 2 a cup | 256 240 96 96\nbg a street\nneg \n"
    )
    first, second = (box.rect for box in result.layout.boxes)
    assert first.right <= second.x
    assert result.notes == ()
    assert len(result.repairs) == 1


@pytest.mark.parametrize("words", ["swap them", "Swap the cat and the dog!", "let them change places"])
def test_two_things_change_places_whatever_the_model_does(planned: Plans, words: str) -> None:
    start = add_box(Layout(background_prompt="a room"), "a cat", Rect(40, 300, 120, 100))
    start = add_box(start, "a dog", Rect(320, 240, 160, 160))
    same = "box 1 a cat | 40 304 120 96\nbox 2 a dog | 320 240 160 160\nbg a room\nneg \n"
    result, prompts = planned(words, same, start=start)
    assert [box.rect for box in result.layout.boxes] == [Rect(340, 300, 120, 100), Rect(20, 240, 160, 160)]
    assert (len(prompts), result.violations) == (1, ())
    assert result.repairs[-1] == "“a cat” and “a dog” changed places."
    stuck = lock_boxes(start, ["1"])
    result, _ = planned(words, "box 2 a dog | 320 240 160 160\nbg a room\nneg \n", same, start=stuck)
    assert [box.rect for box in result.layout.boxes] == [box.rect for box in stuck.boxes]


def test_an_answer_without_boxes_leaves_no_blank_canvas_unless_that_is_asked_for(planned: Plans) -> None:
    start = add_box(Layout(background_prompt="a room"), "a cat", Rect(40, 300, 120, 100))
    result, _ = planned("make it look more cheerful", "bg a bright room\nneg \n", start=start)
    assert (result.layout.boxes, result.layout.background_prompt) == (start.boxes, "a bright room")
    assert result.raw == "bg a bright room\nneg \n"
    result, _ = planned("start from scratch", "bg a bright room\nneg \n", start=start)
    assert result.layout.boxes == ()


def test_what_is_forbidden_goes_whatever_the_model_does_unless_it_is_locked(planned: Plans) -> None:
    start = Layout(background_prompt="a park")
    for place, phrase in enumerate(("a house", "a tree", "a tall tree")):
        start = add_box(start, phrase, Rect(8 + 160 * place, 200, 120, 200))
    same = (
        "".join(f"box {box.id} {box.phrase} | {box.rect.x} 200 120 200\n" for box in start.boxes) + "bg a park\nneg \n"
    )
    result, prompts = planned("no trees after all", same, start=start)
    assert [box.phrase for box in result.layout.boxes] == ["a house"]
    assert (result.layout.negative_prompt, len(prompts), result.violations) == ("tree", 1, ())
    locked = lock_boxes(start, ["2"])
    result, _ = planned("no trees after all", same, same, start=locked)
    assert [box.phrase for box in result.layout.boxes] == ["a house", "a tree"]
