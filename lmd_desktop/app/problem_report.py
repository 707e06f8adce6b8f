"""What a person can paste into a bug report: what happened and where, without prompts unless they are wanted."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import qVersion

from lmd_desktop import __version__
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.scene import CanvasEdit, Plan, Request, Scene

SHORTEST_SECRET = 3  # letters; shorter words are everywhere and tell nothing
LEFT_OUT = "‹text left out›"


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure as it was told; ``details`` are a traceback or the last lines of a worker's log."""

    when: datetime
    cause: str
    next_step: str
    details: str = ""


def report_of(problem: Problem, scene: Scene, *, has_texts: bool) -> str:
    """The problem with versions and system. Unless ``has_texts``, requests, phrases and answers are left out."""
    told = f"{problem.cause} {problem.next_step}".strip()
    text = f"{told}\n\n{problem.when:%Y-%m-%d %H:%M:%S}\n{versions()}\n\n{problem.details}".rstrip() + "\n"
    return text if has_texts else without_texts(text, scene)


def versions() -> str:
    """Of the program and of what it stands on."""
    program = f"LMD Desktop {__version__}, Python {sys.version.split()[0]}, PySide6 with Qt {qVersion()}"
    return f"{program}\n{platform.platform()}"


def without_texts(text: str, scene: Scene) -> str:
    """The same without any words of the scene and without the name of the home folder."""
    for secret in sorted(_texts_of(scene), key=len, reverse=True):
        # Whole words only: the phrase "car" must not tear "cards" apart.
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", LEFT_OUT, text, flags=re.IGNORECASE)
    return text.replace(str(Path.home()), "~")


def _texts_of(scene: Scene) -> set[str]:
    found: set[str] = set(_texts_in(scene.layout))
    for turn in scene.dialog.turns:
        found.update(_texts_in(turn.layout))
        match turn:
            case Request():
                found.add(turn.text)
            case Plan():
                found.update((turn.raw, *turn.answers, *turn.notes))
                found.update(turn.raw.splitlines())
            case CanvasEdit():
                found.update((turn.note, turn.summary))
    return {text.strip() for text in found if len(text.strip()) >= SHORTEST_SECRET}


def _texts_in(layout: Layout) -> tuple[str, ...]:
    return (layout.background_prompt, layout.negative_prompt, *(box.phrase for box in layout.boxes))
