"""The names of a box's numbers in many spellings, and the orders in which four numbers may come."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from lmd_desktop.planning.importing.vocabulary import (
    BOTTOM_NAMES,
    CENTRE_X_NAMES,
    CENTRE_Y_NAMES,
    HEIGHT_NAMES,
    RIGHT_NAMES,
    WIDTH_NAMES,
    X_NAMES,
    Y_NAMES,
)

Role = Literal["x", "y", "w", "h", "r", "b", "cx", "cy"]
Order = tuple[Role, Role, Role, Role]

XYWH: Order = ("x", "y", "w", "h")
XYXY: Order = ("x", "y", "r", "b")
YXYX: Order = ("y", "x", "b", "r")
CENTRE: Order = ("cx", "cy", "w", "h")

_NAMES: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("x", X_NAMES),
    ("y", Y_NAMES),
    ("w", WIDTH_NAMES),
    ("h", HEIGHT_NAMES),
    ("r", RIGHT_NAMES),
    ("b", BOTTOM_NAMES),
    ("cx", CENTRE_X_NAMES),
    ("cy", CENTRE_Y_NAMES),
)
_ROLES: dict[str, Role] = {name: role for role, names in _NAMES for name in names}
_GROUP = re.compile(r"[\[(<{]([^\[\](){}<>\n]{5,140})[\])>}]")
_SHORTHANDS: tuple[tuple[str, Order], ...] = (
    (r"x_?y_?w_?h", XYWH),
    (r"(?:c_?x_?c_?y_?w_?h|cxcywh|yolo)", CENTRE),
    (r"(?:x_?y_?x_?y|x0y0x1y1|x1y1x2y2|ltrb|pascal[_ ]?voc)", XYXY),
    (r"(?:y_?x_?y_?x|y0x0y1x1|y1x1y2x2)", YXYX),
    (r"(?:ltwh|coco(?: format)?)", XYWH),
)
Names = Iterable[str]


def role_of(name: str, others: Names = ()) -> Role | None:
    """What a key or column means. ``x1`` is the left edge beside ``x2`` and the right one beside ``x0``."""
    plain = re.sub(r"[^0-9a-z\u4e00-\u9fff]", "", name.lower())
    plain = re.sub(r"^(?:bbox|box|the)(?=.)|(?:in)?(?:px|pixels?)$|(?<=.)coordinates?$", "", plain)
    if plain in ("x1", "y1"):
        rest = {re.sub(r"[^0-9a-z]", "", other.lower()) for other in others}
        is_far = bool(rest & {"x0", "y0"}) or (bool(rest & {"x", "y"}) and not rest & {"x2", "y2"})
        return ("r" if plain[0] == "x" else "b") if is_far else ("x" if plain[0] == "x" else "y")
    return _ROLES.get(plain)


def order_of(names: Iterable[str]) -> Order | None:
    """The order that four names state, if they are the names of a box's numbers."""
    listed = list(names)
    if len(listed) != 4:
        return None
    roles: list[Role | None] = [role_of(name, listed) for name in listed]
    first, second, third, fourth = roles
    if first is None or second is None or third is None or fourth is None:
        return None
    return (first, second, third, fourth) if is_complete(set(roles)) else None


def is_complete(roles: set[Role | None]) -> bool:
    """Whether these say where a box is and how large, each direction in two of its numbers."""
    across, down = roles & {"x", "w", "r", "cx"}, roles & {"y", "h", "b", "cy"}
    return len(across) >= 2 and len(down) >= 2


def stated_orders(text: str) -> set[Order]:
    """Every order that a text states in words: ``[x, y, width, height]``, ``xyxy``."""
    found: set[Order] = set()
    for match in _GROUP.finditer(text):
        inside = match.group(1)
        if re.search(r"\d{3}", inside):
            continue
        order = order_of(re.split(r"[,;|/]|\s+-\s+", inside))
        if order is not None:
            found.add(order)
    for pattern, order in _SHORTHANDS:
        if re.search(rf"(?<![a-z0-9]){pattern}(?![a-z0-9])", text, re.IGNORECASE):
            found.add(order)
    return found
