"""Chat messages to tokens: the model's own chat template in a sandbox, text kept apart from control tokens.

The template sees placeholders in place of the contents. Afterwards the contents are put in as plain text, so that no
``<|im_end|>`` in a request can ever become a control token.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NoReturn, Protocol

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.planning.engine import SpecialToken
from lmd_desktop.planning.sandbox import MAX_INDENT, Sandbox

log = logging.getLogger(__name__)

# Some templates write today's date. A fixed one keeps the prompt cache valid and a plan repeatable tomorrow.
TEMPLATE_DATE = date(2024, 7, 26)
MAX_TEMPLATE = 200_000  # characters; the longest in use have about 30,000
_PLACEHOLDER = re.compile("\ue000([0-9]+)\ue001")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a prompt: the template's own text, or a content that must stay plain text."""

    text: str
    is_content: bool


class Tokenizer(Protocol):
    """What of an engine is needed here."""

    special_tokens: Mapping[str, SpecialToken]
    markers: frozenset[str]
    bos_id: int | None
    bos_text: str
    eos_text: str
    chat_template: str

    def tokenize(self, text: str) -> list[int]: ...


class ChatPrompt:
    """The compiled chat template of a model with its tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._specials = _any_of(tokenizer.special_tokens)
        self._markers = _any_of(tokenizer.markers)
        if len(tokenizer.chat_template) > MAX_TEMPLATE:
            raise _broken(f"it has {len(tokenizer.chat_template)} characters, {MAX_TEMPLATE} are possible")
        self._sandbox = Sandbox(extensions=[loopcontrols, _GenerationTag])
        self._sandbox.filters["tojson"] = _to_json
        self._sandbox.globals["raise_exception"] = _raise_exception
        self._sandbox.globals["strftime_now"] = _strftime
        try:
            self._template = self._sandbox.compiled(tokenizer.chat_template)
        except TemplateError as error:
            raise _broken(str(error)) from error

    def tokens(self, messages: Sequence[Message], *, answer_start: str = "") -> list[int]:
        """The prompt up to the point where the model goes on; ``answer_start`` is put into its mouth."""
        parts = [*self.parts(messages), Part(answer_start, is_content=True)]
        tokens = self._tokenized(parts)
        bos = self._tokenizer.bos_id
        return tokens if bos is None or tokens[:1] == [bos] else [bos, *tokens]

    def parts(self, messages: Sequence[Message]) -> tuple[Part, ...]:
        """The rendered template; instructions go into the first user message where it knows no system message."""
        try:
            parts = self._rendered(messages)
        except TemplateError as error:
            if messages[0].role != "system":
                raise _broken(str(error)) from error
            log.info("The chat template takes no system message")
            log.debug("%s", error)
            return self.parts(_folded(messages))
        contents = {part.text for part in parts if part.is_content}
        missing = [message for message in messages if message.content not in contents]
        # A template that names the role and leaves it out does so on purpose: its model was trained for this task.
        if any(message.role == "system" for message in missing) and "system" not in self._tokenizer.chat_template:
            return self.parts(_folded(messages))
        if any(message.role != "system" for message in missing):
            raise _broken("it leaves out what the person wrote")
        return parts

    def _rendered(self, messages: Sequence[Message]) -> tuple[Part, ...]:
        text = self._sandbox.text_of(
            self._template,
            messages=[{"role": m.role, "content": f"\ue000{i}\ue001"} for i, m in enumerate(messages)],
            add_generation_prompt=True,
            enable_thinking=False,
            bos_token=self._tokenizer.bos_text,
            eos_token=self._tokenizer.eos_text,
            tools=None,
            documents=None,
        )
        # Some reasoning models are always asked to think; the answer must not become a part of that.
        text += "\n</think>\n\n" if text.rstrip().endswith("<think>") else ""
        pieces = _PLACEHOLDER.split(text)
        return tuple(
            Part(messages[int(piece)].content, is_content=True) if index % 2 else Part(piece, is_content=False)
            for index, piece in enumerate(pieces)
            if piece
        )

    def _tokenized(self, parts: Sequence[Part]) -> list[int]:
        """Control tokens where the template wrote them; everything between two of them as one stretch of text."""
        tokens: list[int] = []
        stretch = _Stretch(self._tokenizer, self._markers)
        after: SpecialToken | None = None
        for part in parts:
            pieces = [part.text] if part.is_content or self._specials is None else self._specials.split(part.text)
            for index, piece in enumerate(pieces):
                if index % 2 == 0:
                    stretch.add(piece, is_content=part.is_content)
                    continue
                special = self._tokenizer.special_tokens[piece]
                tokens += stretch.take_tokens(
                    strips_left=after is not None and after.strips_right, strips_right=special.strips_left
                )
                tokens.append(special.id)
                after = special
        return tokens + stretch.take_tokens(strips_left=after is not None and after.strips_right, strips_right=False)


class _Stretch:
    """Plain text between two control tokens: tokenised as a whole, except where a content imitates a marker."""

    def __init__(self, tokenizer: Tokenizer, markers: re.Pattern[str] | None) -> None:
        self._tokenizer = tokenizer
        self._markers = markers
        self._pieces = [""]

    def add(self, text: str, *, is_content: bool) -> None:
        """Text of the template goes on as it is; a marker within a content is cut behind its first character."""
        end = 0
        for found in self._markers.finditer(text) if is_content and self._markers else ():
            self._pieces[-1] += text[end : found.start() + 1]
            self._pieces.append("")
            end = found.start() + 1
        self._pieces[-1] += text[end:]

    def take_tokens(self, *, strips_left: bool, strips_right: bool) -> list[int]:
        """The tokens so far, without the white space that a control token beside them swallows."""
        if strips_left:
            self._pieces[0] = self._pieces[0].lstrip()
        if strips_right:
            self._pieces[-1] = self._pieces[-1].rstrip()
        tokens = [token for piece in self._pieces if piece for token in self._tokenizer.tokenize(piece)]
        self._pieces = [""]
        return tokens


class _GenerationTag(Extension):
    """``{% generation %}`` marks the assistant's words for training; here it only shows its body."""

    tags = {"generation"}  # noqa: RUF012 - jinja2 reads a plain class attribute

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _any_of(texts: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted(filter(None, texts), key=lambda text: (-len(text), text))
    return re.compile("(" + "|".join(map(re.escape, longest_first)) + ")") if longest_first else None


def _folded(messages: Sequence[Message]) -> list[Message]:
    system, first, *rest = messages
    return [replace(first, content=f"{system.content}\n\n{first.content}"), *rest]


def _to_json(value: object, indent: int | None = None, **_options: object) -> str:
    if indent is not None and indent > MAX_INDENT:
        raise TemplateError(f"an indent of {indent} is too wide")
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _strftime(form: str) -> str:
    # The C library writes fields as wide as a number in the format says.
    if any(char.isdigit() for char in form):
        raise TemplateError(f"“{form[:20]}” is no format of a date")
    return TEMPLATE_DATE.strftime(form)


def _raise_exception(message: object) -> NoReturn:
    raise TemplateError(str(message)[:200])


def _broken(reason: str) -> UserError:
    return UserError(
        f"The chat template of the planner model does not work: {reason}.",
        "Choose another GGUF file, or one converted anew from the original model.",
        exit_code=ExitCode.MODEL_MISSING,
    )
