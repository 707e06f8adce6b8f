"""Several answers to one request, drawn behind the same prompt: the one that keeps the request best is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from lmd_desktop.domain.requests import PlanRequest, PlanResult
from lmd_desktop.domain.scene import Scene, add_request
from lmd_desktop.planning.engine import Evaluated
from lmd_desktop.planning.llama import LlamaEngine
from lmd_desktop.planning.planner import Planner
from tests.planning.conftest import ScriptedEngine

REST = "bg a table\nneg \n"
BOXES = [f"box {number} a cup | {128 * number - 120} 8 96 96\n" for number in (1, 2, 3)]
ONE, TWO, THREE = ("".join(BOXES[:count]) + REST for count in (1, 2, 3))
Plans = Callable[..., PlanResult]


class ManyVoices(ScriptedEngine):
    """A model that says another text each time it is asked; a cache keeps what was evaluated last."""

    def __init__(self, real: LlamaEngine, scripts: Sequence[str]) -> None:
        super().__init__(real, scripts[0])
        self._left = [[*real.tokenize(script), self._end_token()] for script in scripts]
        self._held: list[int] = []

    def evaluate(
        self, tokens: Sequence[int], *, check: Callable[[], None], on_progress: Callable[[int, int], None]
    ) -> Evaluated:
        self._script = self._left.pop(0)
        super().evaluate(tokens, check=check, on_progress=on_progress)
        reused = len(tokens) - 1 if list(tokens) == self._held else 0
        self._held = list(tokens)
        return Evaluated(len(tokens) - reused, reused)


@pytest.fixture
def planned(tiny_engine: LlamaEngine) -> Plans:
    def make(
        text: str, *scripts: str, candidates: int = 0, is_checked: bool = True, parameters: int = 4_000_000_000
    ) -> PlanResult:
        asked = add_request(Scene(), text)
        request = PlanRequest(asked.dialog.path(), asked.layout, text, 0, candidates=candidates, is_checked=is_checked)
        engine = ManyVoices(tiny_engine, scripts)
        engine.parameters = parameters
        planner = Planner.with_engine(engine, sha256="0")
        return planner.plan(request, check=lambda: None, on_box=lambda box: None, on_progress=lambda *step: None)

    return make


def test_an_answer_that_keeps_the_request_ends_the_drawing(planned: Plans) -> None:
    assert planned("two cups", TWO, candidates=4).answers == (TWO,)
    assert planned("two cups", ONE, TWO, candidates=4).answers == (ONE, TWO)


def test_the_answer_with_the_fewest_violations_is_taken_and_asked_again(planned: Plans) -> None:
    result = planned("three cups, and a lamp", "box 1 a dog | 8 8 96 96\n" + REST, THREE, TWO, ONE, candidates=3)
    assert result.answers[:3] == ("box 1 a dog | 8 8 96 96\n" + REST, THREE, TWO)
    assert result.raw == THREE
    assert len(result.answers) == 4
    assert result.asked_again


def test_the_others_cost_one_evaluated_token_each(planned: Plans) -> None:
    alone = planned("two cups", ONE, ONE, candidates=1)
    several = planned("two cups", ONE, ONE, ONE, ONE, candidates=3)
    assert several.tokens_evaluated == alone.tokens_evaluated + 2


def test_raw_figures_draw_one_answer(planned: Plans) -> None:
    assert planned("two cups", ONE, candidates=4, is_checked=False).answers == (ONE,)


def test_real_candidates_differ_and_repeat_with_the_seed(starter_planner: Planner) -> None:
    text = "nine purple zebras above eleven quiet teapots"
    asked = add_request(Scene(), text)
    request = PlanRequest(asked.dialog.path(), asked.layout, text, 5, candidates=3)
    first, again = (
        starter_planner.plan(request, check=lambda: None, on_box=lambda box: None, on_progress=lambda *step: None)
        for _ in range(2)
    )
    assert first.answers == again.answers
    assert len(set(first.answers)) > 2


def test_usually_a_model_draws_two_answers_and_a_tiny_one_more(planned: Plans) -> None:
    wrong = "box 1 a dog | 8 8 96 96\n" + REST
    assert planned("two cups", wrong, ONE, wrong).answers == (wrong, ONE, wrong)  # the last one was asked again
    assert planned("two cups", wrong, ONE, wrong, ONE, ONE, TWO, parameters=2_000_000).answers[-1] == TWO
