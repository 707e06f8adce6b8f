"""Whether a model may be used for money, as far as the name of its licence says."""

from __future__ import annotations

import re
from typing import Literal

CommercialUse = Literal["yes", "no", "read"]
_FREE = re.compile(r"(apache|mit\b|bsd|isc\b|cc0|unlicense|cc-by-\d)", re.IGNORECASE)
_NOT_FREE = re.compile(r"(non-?commercial|(^|\W)nc(\W|$)|research)", re.IGNORECASE)


def commercial_use(licence: str) -> CommercialUse:
    """``read``: it has terms of its own (as OpenRAIL and community licences), or is not known."""
    if _NOT_FREE.search(licence):
        return "no"
    return "yes" if _FREE.match(licence.strip()) else "read"
