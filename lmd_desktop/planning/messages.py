"""The dialog as chat messages: a pair of messages per answered request, then the canvas as it is with the new request.

Earlier messages never change, so that the model's prompt cache stays valid; hand edits in between reach the model
through the canvas lines of the next request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmd_desktop.domain.requests import PlanRequest
from lmd_desktop.domain.scene import CanvasEdit, Plan, Request, Turn
from lmd_desktop.planning.lines import parse_line, write_answer, write_user_turn
from lmd_desktop.planning.prompt import Message

MAX_RAW_LENGTH = 8000  # characters; a longer answer in a dialog did not come from this planner


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier request with its answer."""

    request: str
    answer: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the model may be told, oldest first; ``request`` is the message that it must answer."""

    exchanges: tuple[Exchange, ...]
    request: str

    def messages(self, instructions: str, first: int = 0) -> list[Message]:
        """Chat messages from the exchange number ``first`` on."""
        messages = [Message("system", instructions)]
        for exchange in self.exchanges[first:]:
            messages += [Message("user", exchange.request), Message("assistant", exchange.answer)]
        return [*messages, Message("user", self.request)]


def read_dialog(request: PlanRequest) -> Conversation:
    """The answered requests of the path, and the last message with the canvas as it is now.

    A request that was never answered (it failed or was stopped) is left out.
    """
    exchanges: list[Exchange] = []
    notes: list[str] = []
    asked: str | None = None
    for turn in _before_last_request(request.path):
        match turn:
            case CanvasEdit(note=note):
                notes += [note] if note else []
            case Request(layout=layout, text=text):
                asked = write_user_turn(layout, text, notes)
            case Plan():
                if asked is not None:
                    exchanges.append(Exchange(asked, _answer_of(turn)))
                asked, notes = None, []
    return Conversation(tuple(exchanges), write_user_turn(request.layout, request.text, notes))


def first_kept(sizes: Sequence[int], limit: int) -> int:
    """The first exchange that is still told when all together may have ``limit`` tokens.

    What is too long is cut to half the limit, looking at the dialog as it grew: the cut stays where it is for several
    turns, and with it the prompt cache.
    """
    first, total = 0, 0
    for index, size in enumerate(sizes):
        total += size
        if total <= limit:
            continue
        while first <= index and total > limit // 2:
            total -= sizes[first]
            first += 1
    return first


def _before_last_request(path: tuple[Turn, ...]) -> tuple[Turn, ...]:
    return path[:-1] if path and isinstance(path[-1], Request) else path


def _answer_of(plan: Plan) -> str:
    lines = plan.raw.removesuffix("\n").split("\n")
    is_ours = len(plan.raw) <= MAX_RAW_LENGTH and all(parse_line(line) is not None for line in lines)
    return plan.raw if is_ours else write_answer(plan.layout)
