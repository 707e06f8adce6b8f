"""Lines that an answer repeats are guessed from the canvas: fewer batches, and never another answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lmd_desktop.domain.layout import Size
from lmd_desktop.planning.copying import LineCopier
from lmd_desktop.planning.grammar import answer_grammar
from lmd_desktop.planning.llama import LlamaEngine
from lmd_desktop.planning.sampling import sample_answer
from tests.planning.conftest import ScriptedEngine

LINES = ("box 1 a red car | 48 304 168 120", "box 2 a blue cup | 312 296 96 104", "bg a street", "neg cats")
COPY = "".join(f"{line}\n" for line in LINES)
DELETED = COPY.replace(f"{LINES[0]}\n", "")
MOVED = COPY.replace("48 304", "56 304")
ADDED = COPY.replace("bg ", "box 3 a car | 0 0 64 64\nbg ")


class CountingEngine(ScriptedEngine):
    """Counts the batches of an answer."""

    batches = 0

    def append(self, *tokens: int, **options: object) -> None:
        self.batches += 1
        super().append(*tokens)


def written(engine: ScriptedEngine | LlamaEngine, copier: LineCopier | None, *, seed: int = 0, limit: int = 300) -> str:
    grammar = engine.start_grammar(answer_grammar(Size(512, 512)))
    try:
        rng = np.random.default_rng(seed)
        pieces = sample_answer(
            engine, grammar, rng=rng, temperature=0.8, limit=limit, check=lambda: None, copier=copier
        )
        return b"".join(pieces).decode("utf-8", errors="replace")
    finally:
        grammar.close()


def copier_of(engine: ScriptedEngine | LlamaEngine, lines: Sequence[str] = LINES) -> LineCopier:
    return LineCopier(lines, tokenize=engine.tokenize, piece=engine.piece)


@pytest.mark.parametrize(("answer", "most"), [(COPY, 7), (DELETED, 8), (MOVED, 10), (ADDED, 30)])
def test_an_answer_that_repeats_lines_takes_few_batches(tiny_engine: LlamaEngine, answer: str, most: int) -> None:
    plain, copying = CountingEngine(tiny_engine, answer), CountingEngine(tiny_engine, answer)
    copier = copier_of(copying)
    assert written(plain, None) == written(copying, copier) == answer
    assert copying.batches <= most < 0.6 * plain.batches
    assert copier.taken > plain.batches / 3


def test_guesses_that_are_never_right_stop(tiny_engine: LlamaEngine) -> None:
    other = "".join(f"box {n} a cup | 0 0 8 8\n" for n in range(3, 12)) + "bg b\nneg \n"
    engine = CountingEngine(tiny_engine, other)
    appended: list[int] = []
    engine.append = lambda *tokens, **_: (appended.append(len(tokens)), CountingEngine.append(engine, *tokens))[1]  # type: ignore[method-assign]
    copier = copier_of(engine, ("bg x y z", "neg x"))
    assert written(engine, copier) == other
    assert sum(count > 1 for count in appended) <= 5


@pytest.mark.parametrize("seed", range(6))
def test_a_real_model_answers_to_the_byte_what_it_would_have_answered(tiny_gguf: Path, seed: int) -> None:
    """Random weights: most guesses are wrong, so that every way back is taken; the model's own answer is guessed, too,
    so that many are right."""
    engine = LlamaEngine(tiny_gguf)
    prompt = engine.tokenize(f"canvas 512 512\n{COPY}request a red car")

    def answer(copier: LineCopier | None) -> str:
        engine.evaluate(prompt, check=lambda: None, on_progress=lambda *step: None)
        return written(engine, copier, seed=seed, limit=120)

    plain = answer(None)
    assert answer(copier_of(engine)) == plain
    own = copier_of(engine, plain.split("\n"))
    assert answer(own) == plain
    engine.close()
