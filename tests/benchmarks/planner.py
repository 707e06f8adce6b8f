"""How good and how fast the bundled planner is, as one JSON object: ``python -m tests.benchmarks.planner``.

Right means right by the LMD rules on the raw answer, before any repair. Times are on this machine, as it is loaded now.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.requests import PlanRequest, PlanResult
from lmd_desktop.domain.scene import Scene, add_plan, add_request
from lmd_desktop.planning.engine import Engine
from lmd_desktop.planning.grammar import answer_grammar
from lmd_desktop.planning.lines import BoxLine, TextLine, parse_line
from lmd_desktop.planning.llama import LlamaEngine
from lmd_desktop.planning.planner import Planner
from lmd_desktop.planning.sampling import sample_answer
from models.starter_world.planner.evaluate import Case, held_out_suite

MODEL = Path(__file__).parents[2] / "models/starter/planner/planner-starter-q8_0.gguf"
THREE_BOXES = "a red car on the left of a blue cup, and a yellow bird above the cup, without cats"
DIALOG = ("a red car and a blue cup", "add a green tree", "make the cup yellow", "move the car to the right")
REPEATS = 9
GRAMMAR_TOKENS = 60


@dataclass(frozen=True, slots=True)
class Timed:
    """A plan with the seconds until its first box and until its end."""

    result: PlanResult
    first_box: float
    whole: float


def main() -> None:
    """Print the figures of one model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--seed", type=int, default=1, help="which 200 prompts are drawn")
    parser.add_argument("--temperature", type=float, default=0.25)
    arguments = parser.parse_args()
    started = time.perf_counter()
    planner = Planner(arguments.model)
    load = time.perf_counter() - started
    report = {
        "model": arguments.model.name,
        "sha256": planner.sha256,
        "suite_seed": arguments.seed,
        "load_seconds": round(load, 3),
        "load_average": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "right": score(planner, held_out_suite(arguments.seed), temperature=arguments.temperature),
        "times": measure_times(planner),
        "prompt_cache": measure_cache(planner),
    }
    planner.close()
    report["grammar"] = measure_grammar(arguments.model)
    print(json.dumps(report, indent=2))


def score(planner: Planner, cases: Sequence[Case], *, temperature: float) -> dict[str, object]:
    """Right raw answers for each task, and the captions that went wrong."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    repaired = 0
    wrong: list[str] = []
    for number, case in enumerate(cases):
        result = plan(planner, Scene(), case.caption, seed=number, temperature=temperature).result
        boxes, background, negative = read_raw(result.raw)
        is_right = case.check(boxes, background, negative)
        total[case.task] += 1
        right[case.task] += is_right
        repaired += bool(result.notes)
        if not is_right:
            wrong.append(f"{case.task}: {case.caption}")
    tasks = {task: f"{right[task]}/{count}" for task, count in total.items()}
    return {**tasks, "total": f"{right.total()}/{total.total()}", "with_repairs": repaired, "wrong": wrong}


def read_raw(raw: str) -> tuple[list[tuple[str, tuple[int, int, int, int]]], str, str]:
    """What an answer states, before any repair."""
    boxes: list[tuple[str, tuple[int, int, int, int]]] = []
    texts = {False: "", True: ""}
    for text in raw.splitlines():
        match parse_line(text):
            case BoxLine(phrase=phrase, rect=rect):
                boxes.append((phrase, (rect.x, rect.y, rect.width, rect.height)))
            case TextLine(is_negative=is_negative, text=said):
                texts[is_negative] = said
            case None:
                pass
    return boxes, texts[False], texts[True]


def measure_times(planner: Planner) -> dict[str, float]:
    """A warm planner and a caption of three things; medians."""
    plan(planner, Scene(), "a dog")
    timed = [plan(planner, Scene(), f"{THREE_BOXES}{'!' * number}") for number in range(REPEATS)]
    writing = [(t.result.tokens_generated / t.result.seconds) for t in timed]
    return {
        "first_box_seconds": round(statistics.median(t.first_box for t in timed), 3),
        "whole_plan_seconds": round(statistics.median(t.whole for t in timed), 3),
        "slowest_plan_seconds": round(max(t.whole for t in timed), 3),
        "boxes": statistics.median(len(t.result.layout.boxes) for t in timed),
        "tokens_per_second_with_prompt": round(statistics.median(writing), 1),
    }


def measure_cache(planner: Planner) -> list[dict[str, object]]:
    """What each turn of a dialog evaluates, and what it finds in the cache."""
    plan(planner, Scene(), "something else altogether")
    scene = Scene()
    turns: list[dict[str, object]] = []
    for text in DIALOG:
        result = plan(planner, scene, text).result
        turns.append({"request": text, "evaluated": result.tokens_evaluated, "reused": result.tokens_reused})
        scene = add_plan(
            add_request(scene, text),
            result.layout,
            raw=result.raw,
            model=result.model,
            model_sha256=result.model_sha256,
            seed=result.seed,
        )
    return turns


def measure_grammar(model: Path) -> dict[str, float]:
    """Seconds for the same number of tokens with and without the grammar."""
    engine = LlamaEngine(model)
    source = answer_grammar(Size(512, 512))
    started = time.perf_counter()
    engine.start_grammar(source).close()
    parse = time.perf_counter() - started
    prompt = engine.tokenize("canvas 512 512\nrequest a red car on the left of a blue cup\n")
    free = [seconds_per_token(engine, prompt, None) for _ in range(REPEATS)]
    bound = [seconds_per_token(engine, prompt, source) for _ in range(REPEATS)]
    engine.close()
    return {
        "start_ms": round(1000 * parse, 2),
        "free_ms_per_token": round(1000 * statistics.median(free), 3),
        "bound_ms_per_token": round(1000 * statistics.median(bound), 3),
        "overhead_percent": round(100 * (statistics.median(bound) / statistics.median(free) - 1), 1),
    }


def seconds_per_token(engine: Engine, prompt: list[int], source: str | None) -> float:
    """The sampling loop over a prompt, with the real grammar or with one that allows everything."""
    engine.evaluate(prompt, check=_nothing, on_progress=lambda step, total: None)
    grammar = _Anything() if source is None else engine.start_grammar(source)
    started = time.perf_counter()
    written = sample_answer(
        engine, grammar, rng=np.random.default_rng(0), temperature=0.25, limit=GRAMMAR_TOKENS, check=_nothing
    )
    count = sum(1 for _ in written)
    seconds = time.perf_counter() - started
    grammar.close()
    return seconds / max(1, count)


def plan(planner: Planner, scene: Scene, text: str, *, seed: int = 0, temperature: float = 0.25) -> Timed:
    """One request, timed."""
    asked = add_request(scene, text)
    request = PlanRequest(asked.dialog.path(), asked.layout, text, seed, temperature)
    boxes: list[float] = []
    started = time.perf_counter()
    result = planner.plan(
        request,
        check=_nothing,
        on_box=lambda box: boxes.append(time.perf_counter() - started),
        on_progress=lambda *step: None,
    )
    whole = time.perf_counter() - started
    return Timed(result, boxes[0] if boxes else whole, whole)


class _Anything:
    """A grammar that allows everything, for comparison."""

    is_complete = False

    def allowed(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        return np.ones(tokens.size, dtype=np.bool_)

    def accept(self, token: int) -> None:
        return None

    def close(self) -> None:
        return None


def _nothing() -> None:
    return None


if __name__ == "__main__":
    main()
