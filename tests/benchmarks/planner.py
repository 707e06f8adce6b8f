"""What the planner's engine costs, as one JSON object: ``python -m tests.benchmarks.planner``.

``grammar_overhead`` is that of a vocabulary of 152,000 tokens, over decoding without a grammar (bounds: 0.10, the
starter model 0.15); ``warm_over_cold`` the time from a second start to the first box over that of the first start
(bound: 0.4), of a model that reads its instructions; ``tokens_reused`` those of a follow-up turn; ``first_box_s`` the
starter model's. The models with large vocabularies are random and written for this. Times are on this machine, as it is
loaded now. Right (``--suite``) means right by the LMD rules on the raw answer, before any repair.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.requests import PlanRequest, PlanResult
from lmd_desktop.domain.scene import Scene, add_plan, add_request
from lmd_desktop.planning.copying import LineCopier
from lmd_desktop.planning.grammar import answer_grammar
from lmd_desktop.planning.lines import BoxLine, TextLine, parse_line
from lmd_desktop.planning.llama import LlamaEngine
from lmd_desktop.planning.planner import Planner
from lmd_desktop.planning.sampling import sample_answer
from lmd_desktop.planning.state_file import StateFolder
from models.starter_world.planner.evaluate import Case, held_out_suite
from tests.benchmarks.random_model import FLAT, SMALL, write_random_model

MODEL = Path(__file__).parents[2] / "models/starter/planner/planner-starter-q8_0.gguf"
THREE_BOXES = "a red car on the left of a blue cup, and a yellow bird above the cup, without cats"
DIALOG = ("a red car and a blue cup", "add a green tree", "make the cup yellow", "move the car to the right")
REPEATS = 5
STARTS = 3
PAIRS = 15
GRAMMAR_TOKENS = 90
PROMPT = "canvas 512 512\nrequest a red car on the left of a blue cup\n"
ANSWER = (
    "box 1 a red car | 48 304 168 120\nbox 2 a blue cup | 312 296 96 104\nbox 3 a bird | 200 40 64 48\n"
    "bg a city street\nneg cats\n"
)


@dataclass(frozen=True, slots=True)
class Timed:
    """A plan with the seconds until its first box and until its end."""

    result: PlanResult
    first_box: float
    whole: float


def main() -> None:
    """Print the figures; with ``--suite`` also how many of 200 held-out captions are right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--suite", type=int, metavar="SEED", help="score 200 captions; the seed says which")
    parser.add_argument("--temperature", type=float, default=0.25)
    arguments = parser.parse_args()
    started = time.perf_counter()
    planner = Planner(arguments.model)
    load = time.perf_counter() - started
    times, cache = measure_times(planner), measure_cache(planner)
    right = None
    if arguments.suite is not None:
        right = score(planner, held_out_suite(arguments.suite), temperature=arguments.temperature)
    planner.close()
    starter = measure_grammar(arguments.model)
    with tempfile.TemporaryDirectory() as folder:
        flat = write_random_model(Path(folder) / "flat.gguf", FLAT)
        vocabulary = measure_grammar(flat)
        flat.unlink()
        small = write_random_model(Path(folder) / "small.gguf", SMALL)
        start = measure_start(small, Path(folder) / "states")
        copying = measure_copying(small)
    report = {
        "grammar_overhead": vocabulary.overhead,
        "warm_over_cold": start["warm_over_cold"],
        "tokens_reused": cache[1]["reused"],
        "first_box_s": times["first_box_seconds"],
        "grammar_overhead_starter": starter.overhead,
        "model": arguments.model.name,
        "load_seconds": round(load, 3),
        "load_average": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "times": times,
        "prompt_cache": cache,
        "grammar": {"152k tokens": asdict(vocabulary), arguments.model.name: asdict(starter)},
        "start_with_instructions": start,
        "copying": copying,
    }
    print(json.dumps(report | ({"right": right} if right is not None else {}), indent=2))


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


@dataclass(frozen=True, slots=True)
class GrammarCost:
    """Milliseconds of processor time per token, without and with the grammar (medians), and the dearer overhead: the
    median of those of runs that followed each other.

    ``wanted``: the model wants what the grammar allows, as a trained one does. ``random``: it wants anything, so that
    every number is a rejection.
    """

    overhead: float
    start_ms: float
    wanted: tuple[float, float]
    random: tuple[float, float]


def measure_grammar(model: Path) -> GrammarCost:
    """The sampling loop with the real grammar and with one that allows everything, in turns."""
    engine = LlamaEngine(model)
    source = answer_grammar(Size(512, 512))
    started = time.process_time()
    engine.start_grammar(source).close()
    start = time.process_time() - started
    overheads: list[float] = []
    costs: list[tuple[float, float]] = []
    for answer in (ANSWER, None):
        voice = Voice(engine, answer)
        # Both write the same number of tokens: later ones cost more.
        count = time_answer(voice, source)[1]
        runs = [(time_answer(voice, None, limit=count)[0], time_answer(voice, source)[0]) for _ in range(PAIRS)]
        overheads.append(statistics.median(bound / free - 1 for free, bound in runs))
        free, bound = (1000 * statistics.median(seconds) / count for seconds in zip(*runs, strict=True))
        costs.append((round(free, 3), round(bound, 3)))
    engine.close()
    return GrammarCost(round(max(overheads), 3), round(1000 * start, 2), costs[0], costs[1])


class Voice:
    """An engine that computes as ever; with an ``answer`` its scores then favour that text, token by token."""

    def __init__(self, engine: LlamaEngine, answer: str | None) -> None:
        self._engine = engine
        self._wanted = engine.tokenize(answer) if answer is not None else []
        self._place = self._start = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def evaluate(self, tokens: Sequence[int]) -> None:
        self._place = self._start = 0
        self._engine.evaluate(tokens, check=_nothing, on_progress=lambda step, total: None)

    def append(self, *tokens: int, check: Callable[[], None] | None = None) -> None:
        self._start = self._place + 1
        self._place += len(tokens)
        self._engine.append(*tokens, check=check)

    def forget(self, count: int) -> None:
        self._place -= count
        self._engine.forget(count)

    def logits(self, place: int = -1) -> NDArray[np.float32]:
        scores = self._engine.logits(place)
        at = self._place if place < 0 else self._start + place
        if at < len(self._wanted):
            scores[self._wanted[at]] += 1000.0
        return scores


def time_answer(
    voice: Voice, source: str | None, copier: LineCopier | None = None, *, limit: int = GRAMMAR_TOKENS
) -> tuple[float, int]:
    """Seconds of this process's processor time, in which other programs do not count, and the tokens written."""
    voice.evaluate(voice.tokenize(PROMPT))
    started = time.process_time()
    grammar = _Anything() if source is None else voice.start_grammar(source)
    engine: Any = voice
    written = sample_answer(
        engine,
        grammar,
        rng=np.random.default_rng(0),
        temperature=0.25,
        limit=limit,
        check=_nothing,
        copier=copier,
    )
    count = sum(1 for _ in written)
    grammar.close()
    return time.process_time() - started, count


def measure_start(model: Path, states: Path) -> dict[str, float]:
    """Seconds from opening a model until its first box, with its instructions evaluated and with them from disk."""
    asked = add_request(Scene(), THREE_BOXES)
    request = PlanRequest(
        asked.dialog.path(), asked.layout, "a red car and a blue cup", 1, is_checked=False, counts_are_forced=True
    )

    def start() -> tuple[float, int]:
        boxes: list[float] = []
        started = time.perf_counter()
        planner = Planner(model, sha256="0" * 64, states=StateFolder(states))
        result = planner.plan(
            request,
            check=_nothing,
            on_box=lambda box: boxes.append(time.perf_counter() - started),
            on_progress=lambda *step: None,
        )
        planner.close()
        return boxes[0], result.tokens_evaluated

    cold: list[tuple[float, int]] = []
    warm: list[tuple[float, int]] = []
    for _ in range(STARTS):
        shutil.rmtree(states, ignore_errors=True)
        cold.append(start())
        warm.append(start())
    cold_s, warm_s = (statistics.median(seconds for seconds, _ in runs) for runs in (cold, warm))
    return {
        "warm_over_cold": round(warm_s / cold_s, 3),
        "cold_s": round(cold_s, 2),
        "warm_s": round(warm_s, 2),
        "cold_evaluated": cold[0][1],
        "warm_evaluated": warm[0][1],
    }


def measure_copying(model: Path) -> dict[str, float]:
    """An answer that repeats all lines but one of a canvas, token by token and with its lines guessed."""
    engine = LlamaEngine(model)
    voice, source = Voice(engine, ANSWER), answer_grammar(Size(512, 512))
    lines = ANSWER.replace("312", "304").splitlines()
    plain = [time_answer(voice, source) for _ in range(STARTS)]
    copied = [
        time_answer(voice, source, LineCopier(lines, tokenize=engine.tokenize, piece=engine.piece))
        for _ in range(STARTS)
    ]
    engine.close()
    plain_ms, copied_ms = (
        1000 * statistics.median(seconds / count for seconds, count in runs) for runs in (plain, copied)
    )
    return {
        "plain_ms_per_token": round(plain_ms, 2),
        "copied_ms_per_token": round(copied_ms, 2),
        "faster": round(plain_ms / copied_ms, 2),
    }


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

    def allows(self, token: int) -> bool:
        return True

    def allowed(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        return np.ones(tokens.size, dtype=np.bool_)

    def all_allowed(self) -> NDArray[np.int32]:
        raise AssertionError("nothing is ever forbidden")

    def accept(self, token: int) -> None:
        return None

    def close(self) -> None:
        return None


def _nothing() -> None:
    return None


if __name__ == "__main__":
    main()
