"""Boxes within bracketed values: which numbers belong together, what they are called, what their keys say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TypeGuard

from lmd_desktop.planning.importing.nodes import NUMBER, Node, Number, Value, number_of, top_nodes
from lmd_desktop.planning.importing.roles import CENTRE, XYWH, XYXY, YXYX, Order, Role, is_complete, role_of
from lmd_desktop.planning.importing.vocabulary import (
    BOTTOM_RIGHT_KEYS,
    BOX_KEYS,
    CENTRE_KEYS,
    GROUP_KEYS,
    LABEL_KEYS,
    NO_BOX_KEYS,
    SIZE_KEYS,
    TOP_LEFT_KEYS,
)

_KEY_ORDERS: dict[str, Order] = {
    "xywh": XYWH,
    "ltwh": XYWH,
    "xyxy": XYXY,
    "ltrb": XYXY,
    "yxyx": YXYX,
    "cxcywh": CENTRE,
    # Gemini answers [ymin, xmin, ymax, xmax] of 0-1000 under this key, Qwen-VL [x1, y1, x2, y2] under the next.
    "box2d": YXYX,
    "bbox2d": XYXY,
}
_PAIRS: dict[str, tuple[Role, Role]] = {
    **dict.fromkeys(TOP_LEFT_KEYS, ("x", "y")),
    **dict.fromkeys(BOTTOM_RIGHT_KEYS, ("r", "b")),
    **dict.fromkeys(SIZE_KEYS, ("w", "h")),
    **dict.fromkeys(CENTRE_KEYS, ("cx", "cy")),
}
# Not the 3 of "3D printer", but both of "168x120".
_ALONE = rf"(?<![A-WYZa-wyz\d.])({NUMBER.pattern})(?=\s*(?:%|px|pixels?)|x\s*\d|[^A-Za-z\d]|$)"
# No sentence with four numbers in it.
_BETWEEN = r"(?:[^\d.+A-Za-z-]|px|pixels?|\b(?:to|by|and|wide|high|tall)\b|[xX](?=\s*\d)|->?){0,12}"
_FOUR = re.compile(_BETWEEN.join([rf"{_ALONE}\s*(?:%|px)?"] * 4))
_ACROSS: tuple[Role, ...] = ("x", "cx", "w", "r")
_DOWN: tuple[Role, ...] = ("y", "cy", "h", "b")
_TO = re.compile(r"\d\s*[)\]]\s*(?:to|->|until|-)\s*[(\[]\s*\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """Four numbers of a box as they were written; ``order`` if the text says what they are, ``place`` where it stood.

    ``side`` is the length of both canvas sides in which the numbers count, if a convention says so.
    """

    phrase: str
    numbers: tuple[float, float, float, float]
    order: Order | None = None
    unit: str = ""
    place: int = 0
    side: float | None = None


def plain_key(key: str | None) -> str:
    """A key without case, spaces and marks."""
    return re.sub(r"[^0-9a-z\u4e00-\u9fff]", "", (key or "").lower())


def _box_key(plain: str) -> str:
    """``bboxxyxy`` is ``xyxy``, ``boxpx`` is ``box``: what a key that names a box says beyond that."""
    found = re.fullmatch(r"(?:b?box|boundingbox|rect|coords?|coordinates)(xywh|ltwh|xyxy|ltrb|yxyx|cxcywh)", plain)
    return found.group(1) if found else plain


def entries_in(value: Value, name: str = "") -> list[Entry]:
    """Every box in a value; one without a name of its own is called ``name``."""
    if not isinstance(value, Node):
        return []
    label = label_of(value) or name
    found = _box_itself(value) or _box_in_parts(value)
    if found is not None:
        return [replace(found, phrase=found.phrase or label, place=value.start)]
    entries: list[Entry] = []
    is_root = any(plain_key(key).startswith(("background", "negative", "背景", "负")) for key, _ in value.items)
    names = _names_beside(value, label="" if is_root else label)
    for (key, child), beside in zip(value.items, names, strict=True):
        plain = _box_key(plain_key(key))
        if plain in NO_BOX_KEYS:
            continue
        if isinstance(child, str) and (plain in BOX_KEYS or _is_four(child)):
            found = _in_string(child)
            entries += [replace(found, phrase=beside, order=_KEY_ORDERS.get(plain))] if found else []
        elif isinstance(child, str) and "[" in child:
            # A whole entry in quotes.
            entries += [replace(e, place=value.start) for node in top_nodes(child) for e in entries_in(node)]
        is_name = bool(plain) and plain not in BOX_KEYS and plain not in GROUP_KEYS and plain not in LABEL_KEYS
        inner = entries_in(child, (key or "").strip() if is_name and not plain.isdigit() else beside)
        order = _KEY_ORDERS.get(plain)
        if order is not None:
            side = 1000.0 if plain == "box2d" else None
            inner = [replace(entry, order=entry.order or order, side=entry.side or side) for entry in inner]
        entries += inner
    return entries


def label_of(node: Node) -> str:
    """What a group says about its own name."""
    texts = {plain_key(key): value for key, value in reversed(node.items) if isinstance(value, str) and value.strip()}
    if plain_key("type") in texts and texts["type"].lower() == "text" and texts.get("text"):
        return f"the words “{texts['text']}”"
    for key in LABEL_KEYS:
        if key in texts and not (key == "type" and texts[key].lower() in ("obj", "object", "thing", "box")):
            return texts[key]
    names = [value for key, value in node.items if key is None and _is_words(value)]
    # "7" is a name only if the numbers are elsewhere.
    has_box = any(isinstance(value, Node) for _, value in node.items)
    return (names or [v for k, v in node.items if k is None and isinstance(v, str) and has_box] or [""])[0]


def numbers_in(text: str) -> Entry | None:
    """The first four numbers of a text that stand together."""
    return _in_string(text)


def _is_words(value: Value) -> TypeGuard[str]:
    """Whether an item can be a name: quoted numbers are numbers."""
    return isinstance(value, str) and bool(value.strip()) and number_of(value) is None and not _is_four(value)


def _is_four(text: str) -> bool:
    found = _FOUR.search(text)
    return found is not None and not re.search(r"[^\W\d]", re.sub(r"px|pixels?", "", text))


def _box_itself(node: Node) -> Entry | None:
    """A group that is a box: four numbers, perhaps with a name, or numbers under keys that say what they are."""
    keyed = [(key, number) for key, value in node.items if key is not None and (number := _number(value)) is not None]
    roles: dict[Role, Number] = {}
    for key, number in keyed:
        role = role_of(key, [other for other, _ in keyed])
        if role is not None:
            roles.setdefault(role, number)
    roles |= _pairs(node)
    made = entry_of(roles)
    if made is not None:
        return made
    plain = [value for key, value in node.items if key is None]
    numbers = [number for value in plain if (number := _number(value)) is not None]
    others = [value for value in plain if isinstance(value, Node)]
    # Four quoted numbers are numbers as well.
    if len(numbers) == 4 and not others and not keyed:
        return _four(numbers)
    return None


def _box_in_parts(node: Node) -> Entry | None:
    """Two corners, or the four of a polygon, as groups of two numbers."""
    points = [_two(value) for key, value in node.items if key is None]
    if len(points) == len(node.items) and points and None not in points:
        flat = [number for point in points if point for number in point]
        if len(points) == 2:
            return _four(flat)
        if len(points) == 4:
            xs, ys = [n.value for n in flat[::2]], [n.value for n in flat[1::2]]
            return Entry("", (min(xs), min(ys), max(xs), max(ys)), XYXY, flat[0].unit)
    return None


def entry_of(roles: dict[Role, Number]) -> Entry | None:
    """A box of named numbers, if they say where it is and how large."""
    if not is_complete(set(roles)):
        return None
    first, third = _two_roles(roles, _ACROSS)
    second, fourth = _two_roles(roles, _DOWN)
    order: Order = (first, second, third, fourth)
    return replace(_four([roles[first], roles[second], roles[third], roles[fourth]]), order=order)


def _two_roles(roles: Collection[Role], known: tuple[Role, ...]) -> tuple[Role, Role]:
    """Two numbers that say where a box is in one direction; ``known`` are edge, middle, length and far edge."""
    given: list[Role] = []
    for role in known:
        if role in roles:
            given.append(role)
    # Edge and middle together say it too, but a length beside them is what was meant.
    return (given[0], given[2]) if len(given) > 2 and given[:2] == list(known[:2]) else (given[0], given[1])


def _pairs(node: Node) -> dict[Role, Number]:
    roles: dict[Role, Number] = {}
    known = {plain_key(key) for key, _ in node.items}
    is_with_size = bool(known & {plain for plain, pair in _PAIRS.items() if pair != ("x", "y")})
    for key, value in node.items:
        pair = _PAIRS.get(plain_key(key))
        if pair is None or not (is_with_size or {"width", "height", "w", "h"} & known):
            continue
        numbers = _two(value)
        if numbers is None and isinstance(value, Node) and len(value.items) <= 3:
            inner = {role_of(name): number for name, item in value.items if name and (number := _number(item))}
            wanted = pair if set(pair) <= set(inner) else ("x", "y")
            if set(wanted) <= set(inner):
                numbers = (inner[wanted[0]], inner[wanted[1]])
        if numbers is not None:
            roles |= dict(zip(pair, numbers, strict=True))
    return roles


def _two(value: Value) -> tuple[Number, Number] | None:
    if isinstance(value, str):
        found = re.fullmatch(rf"\(?\s*({NUMBER.pattern})\s*[,x ]\s*({NUMBER.pattern})\s*\)?", value)
        return (Number(float(found.group(1))), Number(float(found.group(2)))) if found else None
    if not isinstance(value, Node) or len(value.items) != 2:
        return None
    (_, first), (_, second) = value.items
    one, two = _number(first), _number(second)
    is_keyed = value.items[0][0] is not None and role_of(value.items[0][0] or "") not in ("x", "w", "r", "cx")
    return None if one is None or two is None or is_keyed else (one, two)


def _number(value: Value) -> Number | None:
    if isinstance(value, Number):
        return value
    return number_of(value) if isinstance(value, str) else None


def _four(numbers: list[Number]) -> Entry:
    first, second, third, fourth = (number.value for number in numbers)
    units = {number.unit for number in numbers}
    return Entry("", (first, second, third, fourth), unit="%" if "%" in units else "px" if "px" in units else "")


def _in_string(text: str) -> Entry | None:
    found = _FOUR.search(text)
    if found is None:
        return None
    numbers = [float(number) for number in found.groups()]
    if max(map(abs, numbers)) >= 1e6:
        return None
    unit = "%" if "%" in found.group() else "px" if "px" in found.group() else ""
    order = XYXY if _TO.search(found.group()) else None
    return Entry("", (numbers[0], numbers[1], numbers[2], numbers[3]), order, unit)


def _names_beside(node: Node, *, label: str) -> list[str]:
    """For every item the name that stands before it, or behind it where the boxes come first."""
    items = [value for key, value in node.items]
    texts = [(i, v) for i, (k, v) in enumerate(node.items) if k is None and _is_words(v)]
    if len(texts) < 2:
        return [label] * len(items)
    is_before = next((isinstance(v, str) for v in items if isinstance(v, Node | str)), True)
    names: list[str] = []
    for index in range(len(items)):
        near = [v for i, v in texts if i < index][-1:] if is_before else [v for i, v in texts if i > index][:1]
        names.append(near[0] if near else label)
    return names


def texts_under(nodes: Iterator[Node], wanted: frozenset[str]) -> list[str]:
    """The texts under keys of these names; a list of texts becomes one with commas."""
    found: list[str] = []
    for node in nodes:
        for key, value in node.items:
            if plain_key(key) not in wanted:
                continue
            if isinstance(value, Node):
                parts = [item for _, item in value.items if isinstance(item, str) and item]
                found.append(", ".join(parts))
            elif not isinstance(value, Number):
                found.append(value or "")
    return found
