"""Plans layouts: a request becomes a prompt, the model's answer becomes boxes one by one, and a layout at the end."""

from __future__ import annotations

import codecs
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Box, Layout
from lmd_desktop.domain.requests import PlanRequest, PlanResult
from lmd_desktop.planning.caption import unmistakable_phrases
from lmd_desktop.planning.checks import Answer
from lmd_desktop.planning.engine import Engine, Evaluated
from lmd_desktop.planning.grammar import answer_grammar
from lmd_desktop.planning.lines import MAX_BOXES, Sent, locked_lines, to_planner, write_box
from lmd_desktop.planning.messages import Conversation, first_kept, read_dialog
from lmd_desktop.planning.prompt import ChatPrompt, Message
from lmd_desktop.planning.review import Reviewed, ask_again, demands, review
from lmd_desktop.planning.sampling import sample_answer
from lmd_desktop.planning.templates import ModelSize, bundled_template, model_size, render_template

log = logging.getLogger(__name__)

TOKENS_FOR_TEXTS, TOKENS_PER_BOX = 32, 30
TOKENS_PER_MESSAGE = 8  # what a chat template writes around a message, about
TOKENS_PER_REPORT = 8
RAW_IN_MESSAGE = 400  # characters

Progress = Callable[[str, int, int, int], None]


class Planner:
    """A loaded planner model. One plan at a time; ``close`` before it is thrown away."""

    def __init__(self, model: Path, *, device: str = "auto") -> None:
        # Imported here: whoever only wants to name a Planner needs no llama.cpp.
        from lmd_desktop.planning.llama import LlamaEngine

        engine = LlamaEngine(model, device=device)
        try:
            self._use(engine, file_sha256(model))
        except UserError:
            engine.close()
            raise

    @classmethod
    def with_engine(cls, engine: Engine, *, sha256: str) -> Planner:
        """A planner on an engine that is loaded already."""
        planner = cls.__new__(cls)
        planner._use(engine, sha256)
        return planner

    def _use(self, engine: Engine, sha256: str) -> None:
        self._engine = engine
        self._prompt = ChatPrompt(engine)
        self._size: ModelSize = model_size(engine.description)
        self._instructions = render_template(bundled_template(), self._size)
        self._overhead = self._overhead_of(self._instructions)
        self.name = engine.name
        self.sha256 = sha256
        self.summary = f"{engine.description}, {engine.context_size} tokens of context"

    def plan(
        self, request: PlanRequest, *, check: Callable[[], None], on_box: Callable[[Box], None], on_progress: Progress
    ) -> PlanResult:
        """Answer a request; ``on_box`` gets each box once its line is complete."""
        started = time.perf_counter()
        conversation = read_dialog(request)
        first = self._attempt(request, conversation, request.layout, check, on_box, on_progress)
        attempts = [first]
        best, reviewed = first, Reviewed(first.layout, (), ())
        if request.is_checked:
            reviewed = review(request, first.layout)
            if reviewed.violations:
                second = self._second_try(request, conversation, reviewed, first, check, on_progress)
                attempts += [second] if second is not None else []
        asked_again = demands(reviewed.violations) if len(attempts) > 1 else ()
        if len(attempts) > 1:
            other = review(request, attempts[1].layout)
            if len(other.violations) < len(reviewed.violations):
                best, reviewed = attempts[1], other
        log.info(
            "planned %d boxes in %d answers: %d tokens evaluated, %d reused, %d written, seed %d; %d violations left",
            len(reviewed.layout.boxes), len(attempts), sum(a.cost.evaluated for a in attempts),
            sum(a.cost.reused for a in attempts), sum(a.tokens for a in attempts), request.seed,
            len(reviewed.violations),
        )  # fmt: skip
        return PlanResult(
            layout=reviewed.layout,
            raw=best.raw,
            model=self.name,
            model_sha256=self.sha256,
            seed=request.seed,
            notes=(*best.notes, *(violation.sentence for violation in reviewed.violations)),
            tokens_evaluated=sum(attempt.cost.evaluated for attempt in attempts),
            tokens_reused=sum(attempt.cost.reused for attempt in attempts),
            tokens_generated=sum(attempt.tokens for attempt in attempts),
            seconds=time.perf_counter() - started,
            answers=tuple(attempt.raw for attempt in attempts),
            repairs=reviewed.repairs,
            asked_again=asked_again,
            violations=reviewed.violations,
        )

    def _second_try(
        self,
        request: PlanRequest,
        conversation: Conversation,
        reviewed: Reviewed,
        first: _Attempt,
        check: Callable[[], None],
        on_progress: Progress,
    ) -> _Attempt | None:
        """The same request once more, with what is wrong; None if there is no room for it or no layout came."""
        again = ask_again(conversation, request, reviewed, first.raw)
        try:
            return self._attempt(request, again, reviewed.layout, check, lambda box: None, on_progress)
        except UserError as error:
            log.info("no second try: %s", error.cause)
            return None

    def _attempt(
        self,
        request: PlanRequest,
        conversation: Conversation,
        canvas: Layout,
        check: Callable[[], None],
        on_box: Callable[[Box], None],
        on_progress: Progress,
    ) -> _Attempt:
        """One answer to the last message of a conversation; ``canvas`` is the layout that the message shows."""
        sent = to_planner(canvas)
        forced = "".join(f"{write_box(line, with_star=False)}\n" for line in locked_lines(sent))
        instructions = render_template(request.template, self._size) if request.template else self._instructions
        tokens = self._fitted_prompt(conversation, instructions, sent, forced)
        cost = self._engine.evaluate(
            tokens, check=check, on_progress=lambda step, total: on_progress("prompt", step, total, 0)
        )
        writing = _Writing(Answer(sent), on_box, on_progress)
        writing.add(forced.encode("utf-8"))
        is_forced = request.counts_are_forced and request.layout.is_empty
        phrases = unmistakable_phrases(request.text, MAX_BOXES) if is_forced else ()
        # A second try repeats the first one's boxes: with forced counts only their places can change.
        grammar = self._engine.start_grammar(answer_grammar(sent.canvas, phrases))
        try:
            for piece in sample_answer(
                self._engine,
                grammar,
                rng=np.random.default_rng(request.seed),
                temperature=request.temperature,
                limit=min(_most_tokens(MAX_BOXES), self._engine.context_size - len(tokens)),
                check=check,
            ):
                writing.add_token(piece)
            is_whole = grammar.is_complete
        finally:
            grammar.close()
        if writing.answer.is_empty:
            raise _unusable(writing.raw)
        layout, notes = writing.answer.layout(is_whole=is_whole)
        return _Attempt(layout, notes, writing.raw, cost, writing.tokens)

    def close(self) -> None:
        """Free the model; the planner cannot be used afterwards."""
        self._engine.close()

    def _fitted_prompt(self, conversation: Conversation, instructions: str, sent: Sent, forced: str) -> list[int]:
        """The prompt without the oldest turns that do not fit; the canvas, the locks and the request always stay."""
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
                return tokens
            if first >= len(sizes):
                raise _too_long(len(tokens) + room, context)
            first += 1

    def _overhead_of(self, instructions: str) -> int:
        """Not the length of the instructions: a chat template may leave them out."""
        return len(self._prompt.tokens([Message("system", instructions), Message("user", ".")]))

    def _tokens_of(self, *texts: str) -> int:
        return sum(len(self._engine.tokenize(text)) + TOKENS_PER_MESSAGE for text in texts)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One answer of the model, as a layout of the person's canvas."""

    layout: Layout
    notes: tuple[str, ...]
    raw: str
    cost: Evaluated
    tokens: int


class _Writing:
    """The answer while it is written: bytes become lines, lines become boxes."""

    def __init__(self, answer: Answer, on_box: Callable[[Box], None], on_progress: Progress) -> None:
        self.answer = answer
        self.raw = ""
        self.tokens = 0
        self._line = ""
        self._on_box = on_box
        self._on_progress = on_progress
        # A character may be spread over several tokens.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add_token(self, piece: bytes) -> None:
        """One more token of the model."""
        self.tokens += 1
        is_line = self.add(piece)
        if is_line or self.tokens % TOKENS_PER_REPORT == 0:
            self._on_progress("boxes", self.answer.box_count, 0, self.tokens)

    def add(self, data: bytes) -> bool:
        """More of the answer; whether a line came to its end."""
        text = self._decoder.decode(data)
        self.raw += text
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            box = self.answer.add(line)
            if box is not None:
                self._on_box(box)
        return bool(lines)


def file_sha256(path: Path) -> str:
    """Which model it was, whatever its name."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _most_tokens(boxes: int) -> int:
    return TOKENS_FOR_TEXTS + TOKENS_PER_BOX * boxes


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
