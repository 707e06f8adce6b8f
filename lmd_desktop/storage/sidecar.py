"""The texts of a PNG file in a file beside it, ``NAME.png.json``: chat programs take them out of the picture itself."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

from PIL import Image

from lmd_desktop.domain.plain_files import read_limited
from lmd_desktop.storage.reading import FormatError, JsonObject, check_depth, dump_json, parse_json

SUFFIX = ".json"
MAX_BYTES = 64 * 2**20


def sidecar_path(picture: Path) -> Path:
    return picture.with_name(picture.name + SUFFIX)


def sidecar_of(png: bytes) -> bytes:
    """All texts of a PNG file by their keys as one JSON object; those that are JSON themselves as what they say."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        texts = {str(key): value for key, value in image.info.items() if isinstance(value, str)}
    return dump_json({key: _value_of(text) for key, text in texts.items()})


def sidecar_texts(picture: Path) -> dict[str, str]:
    """The texts that lie beside a picture, as the picture itself would hold them; none if nothing there is readable."""
    path = sidecar_path(picture)
    try:
        values = parse_json(read_limited(path, MAX_BYTES), path.name)
        check_depth(values, path.name)
    except (FormatError, OSError):
        return {}
    if not isinstance(values, dict):
        return {}
    known = cast(JsonObject, values).items()
    return {key: value if isinstance(value, str) else dump_json(value).decode("utf-8") for key, value in known}


def _value_of(text: str) -> object:
    if not text.startswith("{"):
        return text
    try:
        return parse_json(text.encode("utf-8"), "text")
    except FormatError:
        return text
