"""A last look at a model file before llama.cpp reads it: its own words would not tell a person what is wrong."""

from __future__ import annotations

from pathlib import Path

from lmd_desktop.domain.errors import ExitCode, UserError


def look_at_file(path: Path) -> None:
    """Raises UserError for what cannot be a GGUF file."""
    if not path.exists():
        raise UserError(
            f"There is no planner model at “{path}”.",
            "Choose a GGUF file that exists.",
            exit_code=ExitCode.MODEL_MISSING,
        )
    if path.is_dir():
        raise UserError(
            f"“{path}” is a folder, not a planner model.",
            "Choose the .gguf file itself.",
            exit_code=ExitCode.MODEL_MISSING,
        )
    with path.open("rb") as file:
        start = file.read(512)
    if start.lstrip()[:1] == b"<":
        raise unreadable(path, "it is a web page, so the download went wrong")
    if start[:4] != b"GGUF":
        raise unreadable(path, "it is no GGUF file")


def unreadable(path: Path, reason: str) -> UserError:
    return UserError(
        f"The planner model “{path.name}” cannot be read: {reason}.",
        "Download it again or choose another GGUF file.",
        exit_code=ExitCode.MODEL_MISSING,
    )
