"""Plans layouts: a request becomes a prompt, the model's answer becomes boxes one by one, and a layout at the end."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Box, Layout
from lmd_desktop.domain.requests import PlanRequest, PlanResult
from lmd_desktop.domain.scene import Plan, Turn
from lmd_desktop.planning.caption import unmistakable_phrases
from lmd_desktop.planning.checks import Answer
from lmd_desktop.planning.copying import LineCopier
from lmd_desktop.planning.engine import Engine, Evaluated
from lmd_desktop.planning.fit import TINY_MODEL
from lmd_desktop.planning.grammar import answer_grammar
from lmd_desktop.planning.lines import MAX_BOXES, Sent, locked_lines, to_planner, unlocked_lines, write_box
from lmd_desktop.planning.messages import Conversation, first_kept, read_dialog
from lmd_desktop.planning.prompt import ChatPrompt, Message
from lmd_desktop.planning.review import Reviewed, ask_again, demands, review
from lmd_desktop.planning.sampling import sample_answer
from lmd_desktop.planning.settings import EngineSettings
from lmd_desktop.planning.static_part import States, evaluate_prompt, static_tokens
from lmd_desktop.planning.templates import ModelSize, bundled_template, model_size, render_template
from lmd_desktop.planning.writing import Progress, Writing

log = logging.getLogger(__name__)

TOKENS_FOR_TEXTS, TOKENS_PER_BOX = 32, 30
TOKENS_PER_MESSAGE = 8  # what a chat template writes around a message, about
RAW_IN_MESSAGE = 400  # characters
CANDIDATES, TINY_CANDIDATES = 2, 16  # a tiny model's answers cost next to nothing
CANDIDATE_TEMPERATURE = 0.6  # of every answer after the first: another one, not the same again


class Planner:
    """A loaded planner model. One plan at a time; ``close`` before it is thrown away.

    ``sha256`` is that of the file if it is known already. ``states`` keeps the evaluated instructions between starts.
    ``check`` and ``on_load`` (the share that is done) are those of loading.
    """

    def __init__(
        self,
        model: Path,
        settings: EngineSettings | None = None,
        *,
        sha256: str | None = None,
        states: States | None = None,
        check: Callable[[], None] = lambda: None,
        on_load: Callable[[float], None] = lambda share: None,
    ) -> None:
        # Imported here: whoever only wants to name a Planner needs no llama.cpp.
        from lmd_desktop.planning.llama import LlamaEngine

        engine = LlamaEngine(model, settings, check=check, on_progress=on_load)
        try:
            self._use(engine, sha256 or file_sha256(model), states)
        except UserError:
            engine.close()
            raise

    @classmethod
    def with_engine(cls, engine: Engine, *, sha256: str, states: States | None = None) -> Planner:
        """A planner on an engine that is loaded already."""
        planner = cls.__new__(cls)
        planner._use(engine, sha256, states)
        return planner

    def _use(self, engine: Engine, sha256: str, states: States | None) -> None:
        self._engine = engine
        self._states = states
        self._prompt = ChatPrompt(engine)
        self._size: ModelSize = model_size(engine.description)
        self._instructions = render_template(bundled_template(), self._size)
        self._overhead = self._overhead_of(self._instructions)
        self._static = static_tokens(self._prompt, self._instructions)
        self._usual_candidates = TINY_CANDIDATES if engine.parameters < TINY_MODEL else CANDIDATES
        self.name = engine.name
        self.sha256 = sha256
        self.summary = f"{engine.description}, {engine.context_size} tokens of context"

    def plan(
        self, request: PlanRequest, *, check: Callable[[], None], on_box: Callable[[Box], None], on_progress: Progress
    ) -> PlanResult:
        """Answer a request; ``on_box`` gets each box once its line is complete.

        If the first answer does not keep what the request says, others are drawn behind the same prompt, up to
        ``request.candidates``; if none of them does, the best one is asked again. The fewest violations win.
        """
        started = time.perf_counter()
        asking = _Asking(request, read_dialog(request), request.layout, check, on_progress)
        first = self._attempt(asking, on_box)
        best = _Judged(first, review(request, first.layout) if request.is_checked else Reviewed(first.layout, (), ()))
        attempts = [first]
        asked_again: tuple[str, ...] = ()
        for number in range(1, request.candidates or self._usual_candidates):
            if best.is_good:
                break
            best = self._better(best, self._other(asking, number), request, attempts)
        if not best.is_good:
            told = demands(best.reviewed.violations)
            better = self._better(best, self._second_try(asking, best), request, attempts)
            asked_again = told if attempts[-1].is_second_try else ()
            best = better
        reviewed = best.reviewed
        log.info(
            "planned %d boxes in %d answers: %d tokens evaluated, %d reused, %d written, %d of them copied, seed %d; "
            "%d violations left",
            len(reviewed.layout.boxes), len(attempts), sum(a.cost.evaluated for a in attempts),
            first.cost.reused, sum(a.tokens for a in attempts), sum(a.copied for a in attempts), request.seed,
            len(reviewed.violations),
        )  # fmt: skip
        return PlanResult(
            layout=reviewed.layout,
            raw=best.attempt.raw,
            model=self.name,
            model_sha256=self.sha256,
            seed=request.seed,
            notes=(
                *best.attempt.notes,
                *(violation.sentence for violation in reviewed.violations),
                *_compacted(first.forgotten, request.path),
            ),
            tokens_evaluated=sum(attempt.cost.evaluated for attempt in attempts),
            tokens_reused=sum(attempt.cost.reused for attempt in attempts),
            tokens_generated=sum(attempt.tokens for attempt in attempts),
            tokens_copied=sum(attempt.copied for attempt in attempts),
            seconds=time.perf_counter() - started,
            answers=tuple(attempt.raw for attempt in attempts),
            repairs=reviewed.repairs,
            asked_again=asked_again,
            violations=reviewed.violations,
        )

    def _better(
        self, best: _Judged, attempt: _Attempt | None, request: PlanRequest, attempts: list[_Attempt]
    ) -> _Judged:
        """The one with fewer violations, the earlier one if they are even; ``attempts`` gets what was answered."""
        if attempt is None:
            return best
        attempts.append(attempt)
        other = _Judged(attempt, review(request, attempt.layout))
        return other if len(other.reviewed.violations) < len(best.reviewed.violations) else best

    def _other(self, asking: _Asking, number: int) -> _Attempt | None:
        """Another answer behind the same prompt; None if it is no layout."""
        try:
            return self._attempt(asking, lambda box: None, number=number)
        except UserError as error:
            log.info("candidate %d is of no use", number)
            log.debug("%s", error.cause)
            return None

    def _second_try(self, asking: _Asking, best: _Judged) -> _Attempt | None:
        """The same request once more, with what is wrong; None if there is no room for it or no layout came."""
        again = ask_again(asking.conversation, asking.request, best.reviewed, best.attempt.raw)
        asking = replace(asking, conversation=again, canvas=best.reviewed.layout)
        try:
            return replace(self._attempt(asking, lambda box: None), is_second_try=True)
        except UserError as error:
            log.info("no second try")
            log.debug("%s", error.cause)
            return None

    def _attempt(self, asking: _Asking, on_box: Callable[[Box], None], *, number: int = 0) -> _Attempt:
        """One answer to the last message of a conversation; ``number`` tells the candidates of a request apart."""
        request, check = asking.request, asking.check
        sent = to_planner(asking.canvas)
        forced = "".join(f"{write_box(line, with_star=False)}\n" for line in locked_lines(sent))
        instructions = render_template(request.template, self._size) if request.template else self._instructions
        is_usual = instructions == self._instructions
        tokens, forgotten = self._fitted_prompt(asking.conversation, instructions, sent, forced)
        cost = evaluate_prompt(
            self._engine,
            tokens,
            self._static if is_usual else static_tokens(self._prompt, instructions),
            states=self._states,
            key=self.sha256,
            check=check,
            on_progress=lambda step, total: asking.on_progress("prompt", step, total, 0),
        )
        writing = Writing(Answer(sent), on_box, asking.on_progress)
        writing.add(forced.encode("utf-8"))
        is_forced = request.counts_are_forced and request.layout.is_empty
        phrases = unmistakable_phrases(request.text, MAX_BOXES) if is_forced else ()
        copier = None if asking.canvas.is_empty else self._copier(sent)
        # A second try repeats the first one's boxes: with forced counts only their places can change.
        grammar = self._engine.start_grammar(answer_grammar(sent.canvas, phrases))
        try:
            for piece in sample_answer(
                self._engine,
                grammar,
                rng=np.random.default_rng([request.seed, number] if number else request.seed),
                temperature=max(request.temperature, CANDIDATE_TEMPERATURE) if number else request.temperature,
                limit=min(_most_tokens(MAX_BOXES), self._engine.context_size - len(tokens)),
                check=check,
                copier=copier,
            ):
                writing.add_token(piece)
            is_whole = grammar.is_complete
        finally:
            grammar.close()
        if writing.answer.is_empty:
            raise _unusable(writing.raw)
        layout, notes = writing.answer.layout(is_whole=is_whole)
        copied = copier.taken if copier is not None else 0
        return _Attempt(layout, notes, writing.raw, cost, writing.tokens, copied, forgotten=forgotten)

    def _copier(self, sent: Sent) -> LineCopier:
        """Of the lines that an answer repeats unless the request changes them."""
        lines = [write_box(line, with_star=False) for line in unlocked_lines(sent)]
        lines += [f"bg {sent.background}", f"neg {sent.negative}"]
        return LineCopier(lines, tokenize=self._engine.tokenize, piece=self._engine.piece)

    def close(self) -> None:
        """Free the model; the planner cannot be used afterwards."""
        self._engine.close()

    def _fitted_prompt(
        self, conversation: Conversation, instructions: str, sent: Sent, forced: str
    ) -> tuple[list[int], int]:
        """The prompt without the oldest turns that do not fit, and how many those are.

        The canvas, the locks and the request always stay.
        """
        context = self._engine.context_size
        sizes = [self._tokens_of(exchange.request, exchange.answer) for exchange in conversation.exchanges]
        overhead = self._overhead if instructions == self._instructions else self._overhead_of(instructions)
        first = first_kept(sizes, (context - overhead) // 2)
        free = len(sent.lines) - len(locked_lines(sent))
        room = _most_tokens(free + 1)
        while True:
            messages = conversation.messages(instructions, first)
            tokens = self._prompt.tokens(messages, answer_start=forced)
            if len(tokens) + room <= context:
                return tokens, first
            if first >= len(sizes):
                raise _too_long(len(tokens) + room, context)
            first += 1

    def _overhead_of(self, instructions: str) -> int:
        """Not the length of the instructions: a chat template may leave them out."""
        return len(self._prompt.tokens([Message("system", instructions), Message("user", ".")]))

    def _tokens_of(self, *texts: str) -> int:
        return sum(len(self._engine.tokenize(text)) + TOKENS_PER_MESSAGE for text in texts)


@dataclass(frozen=True, slots=True)
class _Asking:
    """What the model is to answer; ``canvas`` is the layout that the last message shows."""

    request: PlanRequest
    conversation: Conversation
    canvas: Layout
    check: Callable[[], None]
    on_progress: Progress


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One answer of the model, as a layout of the person's canvas."""

    layout: Layout
    notes: tuple[str, ...]
    raw: str
    cost: Evaluated
    tokens: int
    copied: int
    is_second_try: bool = False
    forgotten: int = 0  # earlier requests that did not fit into the prompt


@dataclass(frozen=True, slots=True)
class _Judged:
    """An answer with what the checks say of it."""

    attempt: _Attempt
    reviewed: Reviewed

    @property
    def is_good(self) -> bool:
        return not self.reviewed.violations


def file_sha256(path: Path) -> str:
    """Which model it was, whatever its name."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _most_tokens(boxes: int) -> int:
    return TOKENS_FOR_TEXTS + TOKENS_PER_BOX * boxes


def _compacted(forgotten: int, path: tuple[Turn, ...]) -> tuple[str, ...]:
    """What the person is told when more of a long dialog is left out than before."""
    note = (
        f"The dialog has grown long: this planner no longer sees the first {forgotten} requests. "
        "It sees the canvas and the locks as they are."
    )
    was_told = any(note in turn.notes for turn in path if isinstance(turn, Plan))
    return () if was_told or not forgotten else (note,)


def _too_long(tokens: int, context: int) -> UserError:
    return UserError(
        f"The request with the canvas is too long: it needs {tokens} tokens, and this planner model has {context}.",
        "Shorten the request, delete boxes, or choose a planner model with a longer context.",
    )


def _unusable(raw: str) -> UserError:
    shown = raw.strip()[:RAW_IN_MESSAGE] or "nothing"
    return UserError(
        f"The planner's answer is no layout; it wrote: “{shown}”.",
        "Nothing was changed. Ask again in other words, with another seed, or with another planner model.",
    )
