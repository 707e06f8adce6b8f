"""Reads a layout out of any text: LMD's format as chatbots write it, JSON, lists, tables, Ideogram captions, our lines.

Whatever the text is, the result is a layout whose boxes lie inside the canvas, a question, or a refusal.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lmd_desktop.domain.layout import Box, Layout, Rect, Size, clean_line, clean_phrase, colour_for
from lmd_desktop.domain.readings import Choice, Question, Reading, ReadLayout, Refusal
from lmd_desktop.planning.importing.coordinates import (
    ORDER_WORDS,
    Space,
    orders_for,
    rect_of,
    scene_rect,
    spaces_for,
    stated_canvas,
)
from lmd_desktop.planning.importing.entries import Entry, entries_in, plain_key, texts_under
from lmd_desktop.planning.importing.loose import clean_name, entries_in_lines, name_beside
from lmd_desktop.planning.importing.nodes import Node, Number, top_nodes, walk
from lmd_desktop.planning.importing.normal import plain_text
from lmd_desktop.planning.importing.roles import XYWH, YXYX, Order, order_of, stated_orders
from lmd_desktop.planning.importing.sections import Section, find_labels, find_sections, prompt_text, without_marks
from lmd_desktop.planning.importing.vocabulary import BACKGROUND_KEYS, CANVAS_KEYS, NEGATIVE_KEYS, ORDER_KEYS, SIZE_KEYS
from lmd_desktop.planning.lines import BoxLine, TextLine, parse_line, planner_canvas

MAX_TEXT = 200_000  # characters
MAX_BOXES = 200
_NO_OBJECTS = re.compile(r"\bno (?:objects|boxes|items)\b|没有物体|无物体", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one answer says, before its numbers mean anything."""

    entries: tuple[Entry, ...]
    background: str | None
    negative: str | None
    caption: str
    orders: frozenset[Order]
    canvas: Size | None
    is_lmd: bool
    prose: str
    are_lost: bool = False  # things are named where the boxes should be, none of them with its numbers
    boxless: tuple[str, ...] = ()  # names beside boxes that have none themselves


def read_layout_text(text: str, canvas: Size) -> Reading:
    """What a pasted text says as a layout of this canvas; never raises."""
    if len(text) > MAX_TEXT:
        return Refusal(
            f"The text has {len(text)} characters.", f"Paste the layout only, at most {MAX_TEXT} characters."
        )
    plain = plain_text(text)
    if not plain.strip():
        return Refusal("The text is empty.", "Copy the answer of the chatbot, and paste it again.")
    own = _own_lines(plain)
    if own is not None:
        return _meant(own, canvas)
    readings: dict[Layout, tuple[str, ReadLayout | Question]] = {}
    refusal: Refusal | None = None
    for answer in _answers(plain):
        found = _found_in(answer)
        reading = _meant(found, canvas)
        if isinstance(reading, Refusal):
            refusal = refusal or reading
            continue
        readings.setdefault(_first_layout(reading), (found.caption or _summary(_first_layout(reading)), reading))
    match list(readings.values()):
        case []:
            return refusal or _no_layout()
        case [(_, reading)]:
            return reading
        case several:
            choices = tuple(Choice(str(i), clean_line(label, 80), r) for i, (label, r) in enumerate(several, 1))
            return Question(f"The text holds {len(several)} layouts; which one is meant is not said.", choices)


def _own_lines(plain: str) -> _Found | None:
    """The planner's own line format, with or without what is sent around it."""
    entries: list[Entry] = []
    texts: dict[bool, str] = {}
    canvas: Size | None = None
    for line in plain.split("\n"):
        sent = re.fullmatch(r"\s*canvas\s+(\d{2,4})\s+(\d{2,4})\s*", line)
        if sent is not None:
            canvas = Size(int(sent.group(1)), int(sent.group(2)))
            continue
        match parse_line(line):
            case BoxLine(phrase=phrase, rect=rect):
                four = (float(rect.x), float(rect.y), float(rect.width), float(rect.height))
                entries.append(Entry(phrase, four, XYWH))
            case TextLine(is_negative=is_negative, text=text):
                texts[is_negative] = text
            case None:
                pass
    if not entries:
        return None
    # Lines without their canvas count in the planner's.
    return _Found(
        tuple(entries), texts.get(False), texts.get(True), "", frozenset(), canvas, is_lmd=canvas is None, prose="own"
    )


def _answers(plain: str) -> list[str]:
    """The text cut where another answer begins: after boxes and background come the next caption or more objects."""
    sections = find_sections(plain)
    cuts: list[int] = []
    has_background = False
    listed: set[str] = set()  # the things of this answer's lists of objects
    for section in sections:
        kind, start = section.label.kind, section.label.start
        names = _names_in(section.text) if kind == "objects" and section.label.is_exact else set[str]()
        # A list with a name from the list before it is another try, any other one goes on with it.
        is_next = kind == "caption" or (bool(names) and bool(_names_in(plain[cuts[-1] if cuts else 0 : start])))
        if names & listed or (has_background and is_next):
            cuts.append(start)
            has_background, listed = False, set[str]()
        listed |= names
        has_background |= kind == "background"
    pieces = [plain[start:end] for start, end in zip([0, *cuts], [*cuts, len(plain)], strict=True)]
    return [answer for piece in pieces for answer in _structured_answers(piece)]


def _names_in(plain: str) -> set[str]:
    return {entry.phrase for node in top_nodes(plain) for entry in entries_in(node)}


def _structured_answers(plain: str) -> list[str]:
    """Several JSON answers in one text: groups that have boxes and a background of their own."""
    whole = [node for node in top_nodes(plain) if node.items and _is_answer(node)]
    inner = [
        child
        for node in top_nodes(plain)
        if not _is_answer(node)
        for _, child in node.items
        if isinstance(child, Node) and child.end > child.start and _is_answer(child)
    ]
    several = whole if len(whole) > 1 else inner if len(inner) > 1 else []
    return [plain[node.start : node.end] for node in several] or [plain]


def _is_answer(node: Node) -> bool:
    return any(plain_key(key) in BACKGROUND_KEYS for key, _ in node.items) and bool(entries_in(node))


def _found_in(plain: str) -> _Found:
    """The boxes and prompts of one answer."""
    nodes = _nodes_in(plain)
    by_node = [(node, entries_in(node)) for node in nodes]
    groups = [group for node in nodes for group in walk(node)]
    backgrounds, negatives = texts_under(iter(groups), BACKGROUND_KEYS), texts_under(iter(groups), NEGATIVE_KEYS)
    used = [node for node, entries in by_node if entries or texts_under(walk(node), BACKGROUND_KEYS | NEGATIVE_KEYS)]
    prose = _without(plain, used)
    sections = find_sections(prose)
    keys = {(key or "").lower() for group in groups for key, _ in group.items}
    is_lmd = any(section.label.is_exact for section in sections) or "background prompt" in keys
    entries = _named_entries(plain, by_node)
    entries = _of_objects(entries, sections) or _loose_entries(prose, sections) or entries
    ideogram = _ideogram(groups)
    if ideogram is not None:
        entries = [replace(entry, order=entry.order or YXYX, side=entry.side or 1000.0) for entry in entries]
        backgrounds = [ideogram, *backgrounds] if ideogram else backgrounds
    background = next((text for text in backgrounds if text), backgrounds[0] if backgrounds else None)
    negative = next((text for text in negatives if text), negatives[0] if negatives else None)
    return _Found(
        tuple(entries),
        without_marks(background) if background is not None else _section_text(sections, "background"),
        without_marks(negative) if negative is not None else _section_text(sections, "negative"),
        _section_text(sections, "caption") or "",
        frozenset(_orders_of(groups) | stated_orders(prose)),
        _canvas_of(groups) or stated_canvas(prose),
        is_lmd,
        prose,
        are_lost=any(
            section.label.kind == "objects" and _names_things(section.text) for section in find_sections(plain)
        ),
        boxless=tuple(name for node, inner in by_node if inner for group in walk(node) for name in _boxless(group)),
    )


def _nodes_in(plain: str) -> list[Node]:
    """The bracketed groups; one that was never closed ends where a line begins with the label of a prompt."""
    ends = [
        label.start
        for label in find_labels(plain)
        # In quotes it is a key of JSON.
        if label.kind in ("background", "negative") and plain[label.start] not in "\"'"
        if not plain[plain.rfind("\n", 0, label.start) + 1 : label.start].strip()
    ]
    return [
        node
        for start, end in zip([0, *ends], [*ends, len(plain)], strict=True)
        for node in top_nodes(plain[:end], start)
    ]


def _named_entries(plain: str, by_node: Sequence[tuple[Node, list[Entry]]]) -> list[Entry]:
    """The boxes in brackets; bare ones get the name beside them unless others brought theirs along."""
    named = [entry for _, entries in by_node for entry in entries if entry.phrase]
    if named:
        return list(dict.fromkeys(named))
    result: list[Entry] = []
    previous = 0
    for node, entries in by_node:
        if entries:
            name = name_beside(plain, node.start, node.end, after_previous=previous)
            result += [replace(entry, phrase=name) for entry in entries]
            previous = node.end
    return result


def _boxless(group: Node) -> list[str]:
    """The name of an entry without four numbers: ``('a ghost', [])``."""
    match group.items:
        case ((None, str(name)), (None, Node() | None)) if name.strip() and not entries_in(group):
            return [name]
        case _:
            return []


def _names_things(text: str) -> bool:
    """Whether a list of objects names some: not if it is empty or says that there are none."""
    first = text.strip().split("\n\n")[0]
    is_none = without_marks(first) == "" or _NO_OBJECTS.search(first) is not None
    return not is_none and any(char.isalpha() for char in first)


def _of_objects(entries: list[Entry], sections: Sequence[Section]) -> list[Entry]:
    """Boxes of the objects' part, or of what stands before the first label."""
    after = [section.label.start for section in sections if section.label.kind in ("background", "negative", "other")]
    for section in sections:
        if section.label.kind == "objects":
            end = min((start for start in after if start > section.label.start), default=10**9)
            inside = [entry for entry in entries if section.label.start <= entry.place < end]
            if inside:
                return inside
    first = min(after, default=10**9)
    return [entry for entry in entries if entry.place < first]


def _loose_entries(prose: str, sections: Sequence[Section]) -> list[Entry]:
    """Boxes without brackets, in the objects' part or else before the first label."""
    objects = [section for section in sections if section.label.kind == "objects"]
    parts = [(section.text, section.label.end) for section in objects]
    first = min((s.label.start for s in sections if s.label.kind in ("background", "negative")), default=len(prose))
    for text, place in [*parts, (prose[:first], 0), (prose, 0)]:
        entries = [entry for entry in entries_in_lines(text, place) if entry.phrase]
        if entries:
            return entries
    return []


def _section_text(sections: Sequence[Section], kind: str) -> str | None:
    texts = [prompt_text(section.text) for section in sections if section.label.kind == kind]
    return next((text for text in texts if text), texts[0] if texts else None)


def _meant(found: _Found, canvas: Size) -> Reading:
    """The layout, or a question about what its numbers mean."""
    entries = [replace(entry, phrase=_phrase(entry.phrase)) for entry in found.entries]
    nameless = sum(not entry.phrase for entry in entries)
    entries = [entry for entry in entries if entry.phrase][:MAX_BOXES]
    if not entries:
        if nameless:
            return Refusal("The boxes in the text have no names.", "Add to each box what it shows, and paste again.")
        if found.are_lost or (found.background is None and not _NO_OBJECTS.search(found.prose)):
            return _no_layout()
        layout = Layout(canvas, (), clean_line(found.background or ""), clean_line(found.negative or ""))
        return ReadLayout(layout, (), found.background is not None, found.negative is not None)
    if found.prose == "own":
        side = found.canvas or planner_canvas(canvas)
        return _layout(entries, [XYWH], Space("own", "the planner's", side.width, side.height), found, canvas)
    spaces = spaces_for(entries, canvas, stated=found.canvas, is_lmd=found.is_lmd, prose=found.prose)
    readings: list[tuple[str, str, ReadLayout | Question]] = []
    for space in spaces:
        orders = orders_for(entries, space, stated=set(found.orders), is_lmd=found.is_lmd)
        reading = _layout(entries, orders, space, found, canvas)
        if not isinstance(reading, Refusal):
            readings.append((space.key, space.label, reading))
    match readings:
        case []:
            return Refusal("The boxes in the text have no size.", "Each box needs four numbers, two of them its size.")
        case [(_, _, reading)]:
            return reading
        case several:
            question = "The text does not say what its numbers count in."
            return Question(question, tuple(Choice(key, label, reading) for key, label, reading in several))


def _layout(entries: Sequence[Entry], orders: Sequence[Order], space: Space, found: _Found, canvas: Size) -> Reading:
    """One layout for each possible order; a question if that makes different ones."""
    readings: dict[Layout, tuple[Order, ReadLayout]] = {}
    for order in orders:
        read = _placed(entries, order, space, found, canvas)
        if read is not None:
            readings.setdefault(read.layout, (order, read))
    match list(readings.values()):
        case []:
            return Refusal("The boxes in the text have no size.", "Each box needs four numbers, two of them its size.")
        case [(_, read)]:
            return read
        case several:
            example = next(entry for entry in entries if entry.order is None)
            numbers = ", ".join(f"{number:g}" for number in example.numbers)
            question = f"The text does not say what the four numbers of a box are ({example.phrase}: {numbers})."
            return Question(question, tuple(Choice(*ORDER_WORDS.get(o, ("other", "as stated")), r) for o, r in several))


def _placed(entries: Sequence[Entry], order: Order, space: Space, found: _Found, canvas: Size) -> ReadLayout | None:
    notes = [f"“{name}” has no four numbers and was left out." for name in map(_phrase, found.boxless) if name]
    boxes: list[Box] = []
    background = found.background
    for entry in entries:
        four, own_order = entry.numbers, entry.order or order
        rect, was_moved = scene_rect(four, own_order, space, canvas)
        left, top, right, bottom = rect_of(four, own_order)
        if rect is None:
            notes.append(f"“{entry.phrase}” had no size and was left out.")
        elif found.prose != "own" and _is_everything(left, top, right, bottom, space):
            background = background or entry.phrase
            notes.append(f"“{entry.phrase}” covered the whole canvas and was left out, as a part of the background.")
        elif any(box.rect == rect and box.phrase.casefold() == entry.phrase.casefold() for box in boxes):
            notes.append(f"“{entry.phrase}” was there twice in the same place; one was left out.")
        else:
            if was_moved:
                notes.append(f"“{entry.phrase}” left the canvas and was brought inside.")
            boxes.append(_box(len(boxes) + 1, entry.phrase, rect))
    if not boxes and background is None:
        return None
    layout = Layout(canvas, tuple(boxes), clean_line(background or ""), clean_line(found.negative or ""))
    counted = Counter(notes).items()
    told = tuple(note if count == 1 else f"{note} ({count} times)" for note, count in counted)
    return ReadLayout(layout, told, background is not None, found.negative is not None)


def _is_everything(left: float, top: float, right: float, bottom: float, space: Space) -> bool:
    """LMD's rule: a box as large as the canvas is the background."""
    return right - left >= space.width and bottom - top >= space.height


def _box(number: int, phrase: str, rect: Rect) -> Box:
    return Box(id=str(number), phrase=phrase, rect=rect, colour=colour_for(str(number)))


def _phrase(text: str) -> str:
    cleaned = clean_phrase(text).strip("`*_ ,;:").rstrip(".").strip()
    # Quotes around the name, or half of them; not those of 'a sign that says "STOP"'.
    if cleaned.count('"') == 1 or (cleaned[:1] == cleaned[-1:] == '"' and cleaned.count('"') == 2):
        cleaned = cleaned.strip('" ')
    return cleaned if any(char.isalnum() for char in cleaned) else ""


def _ideogram(groups: Sequence[Node]) -> str | None:
    """The background of an Ideogram caption with its style, or None if this is none."""
    texts = {plain_key(key): value for group in groups for key, value in group.items if isinstance(value, str)}
    keys = {plain_key(key) for group in groups for key, _ in group.items}
    is_element = {"desc", "bbox"} <= keys and (texts.get("type") in ("obj", "text") or "elements" in keys)
    if "compositionaldeconstruction" not in keys and not is_element:
        return None
    background = texts.get("background") or texts.get("highleveldescription", "")
    style = [texts[key] for key in ("artstyle", "photo", "medium") if texts.get(key)][:1]
    return ", ".join([background.rstrip("."), *style] if style else [background])


def _orders_of(groups: Sequence[Node]) -> set[Order]:
    """Orders that a format key states, in words or as a list of names."""
    found: set[Order] = set()
    for group in groups:
        for key, value in group.items:
            if isinstance(value, Node):
                names = [item for _, item in value.items if isinstance(item, str)]
                order = order_of(names) if len(names) == len(value.items) else None
                found |= {order} if order is not None else set()
            elif isinstance(value, str) and plain_key(key) in ORDER_KEYS:
                found |= stated_orders(f"({value})") | stated_orders(value)
    return found


def _canvas_of(groups: Sequence[Node]) -> Size | None:
    """The canvas that a JSON answer states: under a name of its own, or beside the objects."""
    for group in groups:
        values = {plain_key(key): value for key, value in group.items}
        is_root = bool((BACKGROUND_KEYS | {"objects", "boxes", "elements", "layout"}) & set(values))
        sizes = [value for key, value in values.items() if key in CANVAS_KEYS or (is_root and key in SIZE_KEYS)]
        pairs = [("canvaswidth", "canvasheight"), ("imagewidth", "imageheight")] + [("width", "height")] * is_root
        sizes += [Node(((None, values[w]), (None, values[h])), 0, 0) for w, h in pairs if {w, h} <= set(values)]
        found = next((size for value in sizes if (size := _size_of(value)) is not None), None)
        if found is not None:
            return found
    return None


def _size_of(value: object) -> Size | None:
    if isinstance(value, str):
        return stated_canvas(f"canvas {value}")
    if isinstance(value, Node):
        numbers = [item.value for _, item in value.items if isinstance(item, Number)]
        return _checked(*numbers) if len(numbers) == 2 and len(value.items) == 2 else None
    return None


def _checked(width: float, height: float) -> Size | None:
    return Size(round(width), round(height)) if min(width, height) >= 64 and max(width, height) <= 10_000 else None


def _without(text: str, nodes: Iterator[Node] | Sequence[Node]) -> str:
    """The text with these groups blanked, every other character in its place."""
    for node in nodes:
        blank = re.sub(r"[^\n]", " ", text[node.start : node.end])
        text = text[: node.start] + blank + text[node.end :]
    return text


def _first_layout(reading: ReadLayout | Question) -> Layout:
    while isinstance(reading, Question):
        reading = reading.choices[0].reading
    return reading.layout


def _summary(layout: Layout) -> str:
    return ", ".join(box.phrase for box in layout.boxes[:4]) or layout.background_prompt or clean_name("empty")


def _no_layout() -> Refusal:
    return Refusal(
        "No layout was found in the text.",
        "It should name things with four numbers each, for example [('a red car', [48, 304, 168, 120])].",
    )
