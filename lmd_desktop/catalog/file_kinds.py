"""What a file that should be a model really is, told in words from its first bytes."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from lmd_desktop.domain.errors import ExitCode, UserError

PICKLE_SUFFIXES = (".ckpt", ".pt", ".pth", ".bin", ".pkl")
NO_PICKLES = "It could run any program when opened. Choose the same model with .safetensors weights"
HEAD_BYTES = 1024


def unusable(cause: str, next_step: str) -> UserError:
    """The error for a model that is missing or cannot be used."""
    return UserError(cause, next_step, exit_code=ExitCode.MODEL_MISSING)


def read_head(path: Path, what: str) -> bytes:
    """The first bytes of a file that exists, can be read and is not empty; UserError otherwise."""
    try:
        if not path.exists():
            raise unusable(f"There is no {what} at “{path}”.", "Check the path, or choose another file.")
        if path.is_dir():
            raise unusable(f"“{path}” is a folder, not a {what}.", "Choose the file inside it.")
        if not path.is_file():
            # A device or a pipe would be read without an end.
            raise unusable(f"“{path}” is not an ordinary file.", "Choose another file.")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise unusable(f"“{path}” cannot be read: {error.strerror}.", "Check its permissions.") from error
    if not head:
        raise unusable(f"“{path}” is empty.", "Download it again.")
    return head


def is_plain_path(name: str) -> bool:
    """Whether a relative path stays in its folder, on every system, and looks like what it is."""
    path = PurePosixPath(name)
    is_ascii = name.isascii() and name.isprintable() and not set(name) & set('\\:"<>|?')
    is_inside = not path.is_absolute() and ".." not in path.parts and str(path) == name != "."
    return is_ascii and is_inside and len(name) <= 200


def name_kind(head: bytes) -> str | None:
    """What kind of file begins like this, as a phrase; None if the bytes tell nothing."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        return "a web page"
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer, not the file itself"
    if head.startswith(b"GGUF"):
        return "a GGUF language model"
    if head.startswith((b"ggml", b"tjgg", b"lmgg", b"ggjt", b"tjgg")):
        return "a language model in a format older than GGUF"
    if head.startswith(b"PK\x03\x04"):
        return "a ZIP or PyTorch file"
    if head.startswith(b"\x80\x02"):
        return "a pickle"
    if head[8:9] == b"{":
        return "a safetensors file"
    if head.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        return "a picture"
    return None
