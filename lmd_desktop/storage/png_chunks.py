"""Takes everything out of a PNG file that says how the picture came to be; the pixels stay byte for byte."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from lmd_desktop.domain.errors import UserError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What decides how the pixels look (PNG specification, third edition, chapter 11); texts, times and EXIF are left out.
LOOKS = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs"))


def without_metadata(png: bytes) -> bytes:
    """The same picture without a word about it; raises UserError if the file is damaged."""
    return SIGNATURE + b"".join(chunk for kind, chunk in _chunks(png) if kind in LOOKS)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and whole bytes (length, kind, data, checksum) of every chunk, up to the last one."""
    if not png.startswith(SIGNATURE):
        raise _damaged()
    place, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        if place + 12 > len(png):
            raise _damaged()
        (length,) = struct.unpack_from(">I", png, place)
        kind = png[place + 4 : place + 8]
        end = place + 12 + length
        if end > len(png):
            raise _damaged()
        yield kind, png[place:end]
        place = end


def _damaged() -> UserError:
    return UserError("The picture is damaged: it ends too early.", "Render it again.")
