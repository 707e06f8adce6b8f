"""Layouts that stage 2 is given instead of planning them: an earlier run's plans, or the caption parser's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from lmd_desktop.benchmark.planning_run import parsed_plans
from lmd_desktop.benchmark.prompts import BenchmarkPrompt
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Layout
from lmd_desktop.storage.codec import decode_layout
from lmd_desktop.storage.reading import Fields, FormatError

PARSER = "caption"


def given_layouts(source: str, prompts: Sequence[BenchmarkPrompt]) -> tuple[Mapping[int, Layout], str]:
    """The layout of every prompt by its index, and words that say where they come from.

    A file has one JSON object a line with ``caption`` and ``layout``, as ``plans-….jsonl`` of an earlier run. Of
    several layouts for a caption the one with the prompt's index is taken, else they take turns.
    """
    if source == PARSER:
        return {plan.prompt.index: plan.layout for plan in parsed_plans(prompts)}, "caption parser"
    path = Path(source)
    try:
        data = path.read_bytes()
    except OSError as error:
        cause = f"The layouts in “{path}” cannot be read: {error.strerror}."
        raise UserError(cause, "Give the plans of an earlier run, or “caption”.", exit_code=ExitCode.USAGE) from error
    by_caption = _read(data, path)
    layouts: dict[int, Layout] = {}
    for prompt in prompts:
        known = by_caption.get(prompt.caption)
        if not known:
            raise UserError(
                f"“{path.name}” has no layout for “{prompt.caption}”.",
                "Plan the missing ones with “--stage 1” first, or take fewer prompts with “--limit”.",
                exit_code=ExitCode.USAGE,
            )
        own = [layout for index, layout in known if index == prompt.index]
        layouts[prompt.index] = own[0] if own else known[prompt.index % len(known)][1]
    return layouts, f"file {hashlib.sha256(data).hexdigest()[:12]}"


def _read(data: bytes, path: Path) -> dict[str, list[tuple[int, Layout]]]:
    found: dict[str, list[tuple[int, Layout]]] = {}
    for number, text in enumerate(data.splitlines(), start=1):
        where = f"line {number} of “{path.name}”"
        try:
            fields = Fields(json.loads(text), where, [])
            if fields.has("caption"):
                index, layout = fields.whole("index", -1), decode_layout(fields.child("layout"))
                found.setdefault(fields.text("caption"), []).append((index, layout))
        except (ValueError, FormatError) as error:
            cause = f"The layouts cannot be read: {where} is not a plan ({error})."
            raise UserError(cause, "Give the “plans-….jsonl” of an earlier run.", exit_code=ExitCode.USAGE) from error
    return found
