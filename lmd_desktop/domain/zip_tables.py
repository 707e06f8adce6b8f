"""How large the table of contents of a ZIP file says it is, before all of it is read into memory."""

from __future__ import annotations

import struct
from pathlib import Path

END_RECORD = struct.Struct("<12xI6x")
ZIP64_END_BYTES = 200


def table_bytes(path: Path) -> int:
    """Bytes of the table of contents; 0 if the file has no end of a ZIP file. Raises OSError.

    Its length stands in the record at the end of the file (APPNOTE 4.3.16), which a comment may follow; -1 there means
    that a larger record (4.3.14) has it.
    """
    with path.open("rb") as handle:
        size = handle.seek(0, 2)
        handle.seek(max(0, size - END_RECORD.size - 0xFFFF - ZIP64_END_BYTES))
        tail = handle.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + END_RECORD.size:
        return 0
    (length,) = END_RECORD.unpack_from(tail, at)
    large = tail.rfind(b"PK\x06\x06", 0, at)
    if length == 0xFFFFFFFF and large >= 0 and len(tail) >= large + 48:
        (length,) = struct.unpack_from("<Q", tail, large + 40)
    return length
