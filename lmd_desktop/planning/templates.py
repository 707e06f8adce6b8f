"""The system message as a template that a person can copy, edit and choose: jinja2 in a sandbox.

A template sees ``size`` ("small" up to about 4 billion parameters, else "large"), ``max_boxes`` and ``grid``. Small
models get more examples.
"""

from __future__ import annotations

import re
from typing import Literal

from jinja2 import StrictUndefined, TemplateError

from lmd_desktop.domain.bundled import bundled_root
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.planning.lines import GRID, MAX_BOXES
from lmd_desktop.planning.sandbox import Sandbox

ModelSize = Literal["small", "large"]

LARGE_FROM = 5.0  # billion parameters
MAX_LENGTH = 20_000  # characters of a template, and of what it becomes
_PARAMETERS = re.compile(r"(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)\s?B\b")


def bundled_template() -> str:
    """The template that is used unless a person chose another one."""
    path = bundled_root() / "resources" / "planner" / "instructions.txt"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    raise UserError("The planner's instructions are missing.", "Install LMD Desktop again.")


def render_template(template: str, size: ModelSize) -> str:
    """The system message; raises UserError with the reason if the template does not work."""
    if len(template) > MAX_LENGTH:
        raise _broken(f"it has {len(template)} characters, {MAX_LENGTH} are possible")
    sandbox = Sandbox(undefined=StrictUndefined)
    try:
        text = sandbox.text_of(sandbox.compiled(template), size=size, max_boxes=MAX_BOXES, grid=GRID).strip()
    except TemplateError as error:
        raise _broken(str(error)) from error
    if not text:
        raise _broken("nothing is left of it")
    if len(text) > MAX_LENGTH:
        raise _broken(f"it becomes {len(text)} characters, {MAX_LENGTH} are possible")
    return text


def model_size(description: str) -> ModelSize:
    """How much a model needs to be shown, from llama.cpp's description of it: "qwen3 4B Q4_K - Medium" is small."""
    found = _PARAMETERS.search(description)
    billions = float(found.group(2)) * int(found.group(1) or 1) if found else 0.0
    return "large" if billions >= LARGE_FROM else "small"


def _broken(reason: str) -> UserError:
    return UserError(
        f"The prompt template does not work: {reason}.",
        "Correct it, or start again from a copy of resources/planner/instructions.txt.",
        exit_code=ExitCode.USAGE,
    )
