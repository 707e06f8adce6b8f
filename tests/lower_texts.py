"""Texts for people that are written below the window: errors, notes, checks. They stay English until they are shown.

There every text with a space in it counts as one for people, unless it stands in a place of ``NOT_FOR_PEOPLE`` or
looks like ``NOT_TEXT``: a new sentence that nobody translated makes a test fail. An f-string becomes a template with
{0}, {1} in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from lmd_desktop.planning.lexicon import COLOURS

LAYERS = ("app", "catalog", "domain", "judging", "planning", "rendering", "storage", "ui", "workers")
# Words of models, file formats, patterns and the command line.
NOT_FOR_PEOPLE = {
    "app/dropped_picture.py",
    "app/sample.py",
    "app/verdicts.py",
    "catalog/model_search.py",
    "domain/changes.py",
    "domain/chat_templates.py",
    "domain/undo_request.py",
    "planning/caption.py",
    "planning/grammar.py",
    "planning/importing/normal.py",
    "planning/importing/roles.py",
    "planning/importing/sections.py",
    "planning/importing/vocabulary.py",
    "planning/lexicon.py",
    "planning/lines.py",
    "planning/relations.py",
    "planning/static_part.py",
    "planning/wording.py",
    "rendering/cutting.py",
    "rendering/english.py",
    "rendering/explain.py",
    "rendering/prompts.py",
    "storage/foreign_png.py",
    "storage/layout_text.py",
    "ui/shortcuts_dialog.py",
    "ui/style.py",
    "workers/environment.py",
    "workers/event_reader.py",
    "workers/memory.py",
    "workers/offline.py",
}
NOT_TEXT = re.compile(
    r"""
    .*(?<!\w)".*                        # straight quotes: demands to the planner, XML, JSON
    | [\W\d_]*(\{\d+\}[\W\d_]*)*       # no words of its own
    | .*\(\?.* | .*\\[sw].* | .*\w\|\w.* | .*;;.*    # patterns
    | [a-z]+\ \{\d+\}.*                # keys of merges and jobs: "render {0}"
    | LMD\ Desktop.* | llama-cpp-python.* | AVX.* | Alt\+.*
    """,
    re.VERBOSE | re.DOTALL,
)
NOT_TEXTS = {
    "CFG scale", "Model hash", "a photo of {}", "a realistic scene", "the words “{0}”", "no names", "the planner's",
    "to the ", "headshot, close-up, partial, large, huge, gigantic", "{0}, cut-out, partial, occluded, weird",
    "colours of step {0}", "go to", "side by side", "no boxes", "{0} must be in English",
    "background: {0}; color: {1}; border-radius: 3px; padding: 0px 3px;", "{0} client", "text reader", "out of memory",
    "{0} {1}x{2}", "The {0}", "can't allocate memory", "not enough memory", "failed to allocate", "bad allocation",
    "‹text left out›",
}  # fmt: skip
NOT_TOLD = ("ValueError", "TypeError", "RuntimeError", "AssertionError", "KeyError", "OSError", "NotImplementedError")
# Texts that are put together in NOT_FOR_PEOPLE, for files and planners and for people, and words without a space.
WORDS = (
    *("negative prompt is now “{0}”", "left {0} % and up {1} %", "left {0} % and down {1} %"),
    *("Starter planner", "Starter painter", "Stable Diffusion architecture"),
    *("right {0} % and up {1} %", "right {0} % and down {1} %"),
    *("planner", "renderer", "judge", "above", "below", "on", "under", "inside", "between", "left", "right", "up"),
    *("down", "bigger", "smaller", "wider", "narrower", "taller", "shorter", "The planner", "The renderer"),
    *sorted(COLOURS),
)


def lower_texts(package: Path, translated: tuple[str, ...]) -> Iterator[str]:
    """Every text of the lower layers; ``translated`` names the calls whose texts are found elsewhere."""
    for layer in LAYERS:
        for path in sorted((package / layer).rglob("*.py")):
            if path.relative_to(package).as_posix() not in NOT_FOR_PEOPLE:
                yield from _texts_of(ast.parse(path.read_text(encoding="utf-8")), translated)
    yield from WORDS


def template_of(node: ast.expr) -> str | None:
    """The text as it stands in a catalogue; None for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            texts, places = [], 0
            for value in values:
                if isinstance(value, ast.Constant):
                    texts.append(str(value.value))
                else:
                    texts.append(f"{{{places}}}")
                    places += 1
            return "".join(texts)
        case _:
            return None


def _texts_of(tree: ast.Module, translated: tuple[str, ...]) -> Iterator[str]:
    skipped = set(_skipped(tree, translated))
    for node in ast.walk(tree):
        text = template_of(node) if isinstance(node, ast.expr) and id(node) not in skipped else None
        if text is not None and " " in text.strip() and not NOT_TEXT.fullmatch(text) and text not in NOT_TEXTS:
            yield text


def _skipped(tree: ast.Module, translated: tuple[str, ...]) -> Iterator[int]:
    """What is inside of docstrings, logs, faults of the program, translated calls, and the parts of f-strings."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as docstring):
                yield id(docstring)
            case ast.JoinedStr(values=values):
                yield from (id(value) for value in values if isinstance(value, ast.Constant))
                yield from (id(v.format_spec) for v in values if isinstance(v, ast.FormattedValue) and v.format_spec)
            case ast.Call(func=function):
                name = ast.unparse(function)
                is_log = name.startswith(("log.", "logging.", "re."))
                if is_log or name.split(".")[-1] in (*NOT_TOLD, *translated):
                    yield from (id(inner) for inner in ast.walk(node))
            case ast.Compare() | ast.Subscript():
                yield from (id(inner) for inner in ast.walk(node))
            case _:
                pass
