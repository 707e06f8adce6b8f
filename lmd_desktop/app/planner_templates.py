"""The prompt templates of the planner that a person keeps: text files in one folder, one is chosen in the settings."""

from __future__ import annotations

import logging
from pathlib import Path

from lmd_desktop.domain.bundled import bundled_root
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.plain_files import read_limited

FOLDER = "planner-templates"
COPY = "my-template.txt"
MAX_BYTES = 100_000

log = logging.getLogger(__name__)


def own_templates(folder: Path) -> tuple[Path, ...]:
    """The text files of a folder; the first time it gets a copy of the program's own, to be edited."""
    try:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True)
            text = (bundled_root() / "resources" / "planner" / "instructions.txt").read_text(encoding="utf-8")
            (folder / COPY).touch(mode=0o600)
            (folder / COPY).write_text(text, encoding="utf-8")
        return tuple(sorted(folder.glob("*.txt")))
    except OSError as error:
        log.warning("no templates in %s: %s", folder, error)
        return ()


def read_template(path: Path | None) -> str:
    """The text of a chosen template, empty for the program's own; raises UserError if it cannot be read."""
    if path is None:
        return ""
    try:
        text = read_limited(path, MAX_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"The planner's prompt template “{path}” could not be read.", "Choose another one in the settings."
        ) from error
    if not text.strip():
        raise UserError(f"The planner's prompt template “{path}” is empty.", "Choose another one in the settings.")
    return text
