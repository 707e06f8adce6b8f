"""Small copies of pictures, kept on disk beside them, so that a thousand results open at once and scroll smoothly."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Size

SIDE = 192  # pixels of the longer side: sharp at 96 logical pixels on a dense screen
MAX_PIXELS = 2**27


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """RGB rows without padding."""

    size: Size
    rgb: bytes


class ThumbnailStore:
    """A folder of small PNG files under the sha256 of the pictures. May be used by one thread beside the main one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, sha256: str, picture: Callable[[str], bytes]) -> Thumbnail:
        """From the folder, else made of the picture and kept; raises UserError if there is no such picture."""
        path = self.folder / f"{sha256}.png"
        try:
            return _decoded(path.read_bytes())
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            pass  # not there yet, or half written by a crash
        made = make_thumbnail(picture(sha256))
        # Without room on the disk it is made again the next time.
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # A file that a power cut tears is made again, so nothing here waits for the disk.
            temporary = path.with_suffix(f".{os.getpid()}")
            temporary.touch(mode=0o600)
            temporary.write_bytes(_encoded(made))
            temporary.replace(path)
        return made


def make_thumbnail(png: bytes) -> Thumbnail:
    """The picture scaled down to ``SIDE`` at its longer side; raises UserError if it cannot be read."""
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UserError("The picture is too large to be shown.", "Open it in another program.")
            small = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError("The picture cannot be read.", "Render it again.") from error
    scale = min(1.0, SIDE / max(small.size))
    sides = (max(1, round(small.width * scale)), max(1, round(small.height * scale)))
    small = small.resize(sides, Image.Resampling.BOX if scale <= 0.5 else Image.Resampling.BICUBIC)
    return Thumbnail(Size(*small.size), small.tobytes())


def _decoded(png: bytes) -> Thumbnail:
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        if max(image.size) > SIDE:
            raise ValueError("not one of our thumbnails")
        rgb = image.convert("RGB")
    return Thumbnail(Size(*rgb.size), rgb.tobytes())


def _encoded(thumbnail: Thumbnail) -> bytes:
    buffer = io.BytesIO()
    size = (thumbnail.size.width, thumbnail.size.height)
    Image.frombytes("RGB", size, thumbnail.rgb).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
