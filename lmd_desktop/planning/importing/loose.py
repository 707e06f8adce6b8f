"""Boxes in running text: numbered lists, tables, "x: 48, y: 304" over several lines, and names beside bare brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lmd_desktop.planning.importing.entries import Entry, entry_of, numbers_in, plain_key
from lmd_desktop.planning.importing.nodes import NUMBER, Number, number_of
from lmd_desktop.planning.importing.roles import Order, Role, order_of, role_of
from lmd_desktop.planning.importing.vocabulary import BOX_KEYS, LABEL_KEYS

_NUM = NUMBER.pattern
# Bounded lengths and a fixed beginning here and below: a name of hundreds of letters must not take seconds.
_KEYED = re.compile(
    rf"(?<![^\W\d_])((?:[^\W\d_]{{1,24}}[ _-]){{0,3}}[^\W\d_]\w{{0,24}}?[0-2]?)[\"']?\s{{0,9}}"
    rf"(?:[:=]|\bis\b|\()?\s{{0,9}}[\"']?({_NUM})\s{{0,9}}(%|px|pixels)?",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"(top[ -]?left|upper[ -]?left|position|origin|start|location|bottom[ -]?right|"
    r"at(?=\s*[\[(]\s*[\d.]+\s*,\s*[\d.]+\s*[\])])|"
    r"lower[ -]?right|end|size|dimensions?|cent(?:er|re)|左上角|右下角|位置|尺寸|大小|中心)"
    r"(?:[ a-z_]{0,16})[\"']?\s*[:=]?\s*(?:at |of |is )?[\[(]?\s*"
    rf"(?:[a-z]+\s*[:=]\s*)?({_NUM})\s*(?:px|pixels|%)?\s*[,x× ]\s*(?:[a-z]+\s*[:=]\s*)?({_NUM})",
    re.IGNORECASE,
)
# "x: 50-170", "y = 200 to 350", "x range [50, 170]"
_RANGE = re.compile(
    rf"\b([xy])\b(?: ?(?:range|values?|coordinates?|axis|from))*\s*[:=]?\s*(?:from\s*)?[\[(]?\s*({_NUM})\s*(?:px)?\s*"
    rf"(?:to|-|,|until|\.\.+)\s*({_NUM})(?!\s*,\s*\d)",
    re.IGNORECASE,
)
_ROLES_OF_PAIR: tuple[tuple[str, tuple[Role, Role]], ...] = (
    (r"bottom|lower|end|右下", ("r", "b")),
    (r"size|dimension|尺寸|大小", ("w", "h")),
    (r"cent|中心", ("cx", "cy")),
    (r"", ("x", "y")),
)
_START = re.compile(r"^[\s>#*•+–\-]*(?:\(?\d{1,3}[.):]\s+|\(?[a-z]\)\s+)?[\s*•\-]*", re.IGNORECASE)
_WORDS_OF_BOXES = re.compile(
    r"(?:(?:^|(?<=[\s,;(]))(?:bounding box(?:es)?|bbox|coordinates?|coords|from|"
    r"(?:is |are )?(?:positioned|located|placed)?(?: at)?|is|坐标|位置|边界框|位于)|"
    r"(?:^|(?<=[,;:(\-])|(?<=[,;:(\-]\s))(?:box(?:es)?|rect(?:angle)?|region|position|location))"
    r"\s{0,3}[\"']?\s{0,3}[:=(]{0,6}\s{0,3}$",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"^[\"']?(?:(?:objects?|box(?:es)?|items?|thing|element|bounding boxes|物体|对象)\s*#?\d{0,3}|"
    rf"{'|'.join(LABEL_KEYS)})[\"']?\s*[:=]\s*",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"<\w.*\b(?:name|label|phrase|caption|class|title|desc|id)\s*=\s*([\"'])(.+?)\1")
_NUMBERED = re.compile(r"^(?:object|box|item|thing|element|物体|对象)\s*#?\d{1,3}\s*[-:.]?\s*", re.IGNORECASE)


def entries_in_lines(text: str, offset: int = 0) -> list[Entry]:
    """Boxes of a text without brackets around them; ``offset`` is where the text stood."""
    found: list[Entry] = []
    header: Order | None = None
    name_column = 0
    title, roles, started = "", dict[Role, Number](), 0
    for place, line in _lines(text, offset):
        cells = _cells(line)
        if len(cells) >= 5:
            numbers = [number for cell in cells if (number := number_of(cell)) is not None]
            names = [cell for cell in cells if number_of(cell) is None]
            stated, column = _header(cells)
            if stated is not None:
                header, name_column = stated, column
                continue
            if len(numbers) >= 4 and names:
                name = cells[name_column] if name_column < len(cells) and cells[name_column] in names else names[0]
                four = numbers[-4:]
                units = {number.unit for number in four}
                values = (four[0].value, four[1].value, four[2].value, four[3].value)
                found.append(Entry(clean_name(name), values, header, "%" if "%" in units else "", place))
                continue
        given, before = _named_numbers(line)
        if given:
            # Of a tag the name may be an attribute behind the numbers.
            name = clean_name(line if _ATTRIBUTE.search(line) else before)
            # The first number of the next box comes before its name only where names are missing.
            if set(given) & set(roles) or (name and roles):
                roles, title = {}, name or title
            title = name or title
            started = started if roles else place
            roles |= given
            made = entry_of(roles)
            if made is not None:
                found.append(replace(made, phrase=title, place=started))
                roles, title = {}, ""
            continue
        four = numbers_in(line)
        if four is not None:
            before = line[: _first_number(line, four)]
            phrase = clean_name(before) or clean_name(re.sub(_NUM, " ", line)) or title
            found.append(replace(four, phrase=phrase, place=place))
            roles, title = {}, ""
        elif line.strip() and not re.fullmatch(r"[\W_]*", line):
            title, roles = clean_name(line), {}
    return found


def name_beside(text: str, start: int, end: int, *, after_previous: int) -> str:
    """The name of a bare box: what stands before it on its line, else behind it, else on the line above."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    before = clean_name(text[max(line_start, after_previous) : start])
    if before:
        return before
    behind = clean_name(re.split(r"[\[({]", text[end : line_end if line_end >= 0 else len(text)])[0])
    if behind:
        return behind
    above = [line for line in text[max(0, line_start - 400) : line_start].split("\n") if line.strip(" \t-*#,[](){}")]
    return clean_name(above[-1]) if above and after_previous < line_start else ""


def clean_name(text: str) -> str:
    """The name of a thing out of the words before its numbers: without bullets, keys and marks."""
    text = re.sub(r"^\W*objects?\s*\([^\n]*?\)\s*[:=]\s*", "", text, flags=re.IGNORECASE)
    order = re.match(r".*?[\[(]([^\[\]()]*)[\])]\s*:", text)
    if order is not None and order_of(order.group(1).split(",")) is not None:
        text = text[order.end() :]
    attribute = _ATTRIBUTE.search(text)
    text = attribute.group(2) if attribute else text
    text = _START.sub("", text.strip()).strip(" \t\"'`*_|,;<>")
    text = _TITLE.sub("", text)
    text = _NUMBERED.sub("", text) or text
    text = re.sub(r"^\(?\d{1,2}[.)]\s+", "", text)
    text = re.sub(r"'s (?=(?:bounding )?box\b|bbox\b|position\b|location\b|coordinates\b)", " ", text)
    text = re.sub(r"\s+", " ", text)
    for _ in range(3):
        text = _WORDS_OF_BOXES.sub("", text.rstrip(" \t:\"'`*_|=([{<>"), count=1).strip(" \t\"'`*_|,;=-([{<>")
    text = re.sub(r"^(?:and|then|next|und|以及|和)\s+(?=[\"']?(?:an?|the)\b|\d)", "", text, flags=re.IGNORECASE).strip(
        ": \"'`"
    )
    return "" if plain_key(text) in (*BOX_KEYS, *LABEL_KEYS[:6], "x", "y", "w", "h", "left", "top") else text


def _lines(text: str, offset: int) -> Iterator[tuple[int, str]]:
    for line in text.split("\n"):
        yield offset, line
        offset += len(line) + 1


def _cells(line: str) -> list[str]:
    if line.count("|") >= 4:
        return [cell.strip(" \t*`\"'") for cell in line.strip().strip("|").split("|")]
    if "\t" in line:
        return [cell.strip(" *`\"'") for cell in line.split("\t") if cell.strip()]
    return [cell.strip(" \t*`\"'") for cell in line.split(",")] if line.count(",") >= 4 else []


def _header(cells: list[str]) -> tuple[Order | None, int]:
    """The order of a table's columns from their titles, and which column holds the names."""
    if any(number_of(cell) is not None for cell in cells):
        return None, 0
    titles = [(index, re.sub(r"\(.*?\)", "", cell)) for index, cell in enumerate(cells)]
    all_titles = [title for _, title in titles]
    kept = [(index, title) for index, title in titles if role_of(title, all_titles) is not None]
    order = order_of([title for _, title in kept[:4]])
    others = [index for index, title in titles if role_of(title, all_titles) is None]
    named = [index for index in others if plain_key(cells[index]) in LABEL_KEYS]
    return order, (named or [i for i in others if plain_key(cells[i]) not in ("id", "no", "", "index")] or [0])[0]


def _named_numbers(line: str) -> tuple[dict[Role, Number], str]:
    """Numbers of a line under names such as ``x``, and what stands before the first of them."""
    roles: dict[Role, Number] = {}
    first = len(line)
    for match in _PAIR.finditer(line):
        pair = next(pair for pattern, pair in _ROLES_OF_PAIR if re.search(pattern, match.group(1), re.IGNORECASE))
        for role, number in zip(pair, match.groups()[1:], strict=True):
            roles.setdefault(role, Number(float(number), "%" if "%" in match.group() else ""))
        first = min(first, match.start())
        line = line[: match.start()] + " " * (match.end() - match.start()) + line[match.end() :]
    for match in _RANGE.finditer(line):
        low, high = ("x", "r") if match.group(1).lower() == "x" else ("y", "b")
        roles[low], roles[high] = Number(float(match.group(2))), Number(float(match.group(3)))
        first = min(first, match.start())
        line = line[: match.start()] + " " * (match.end() - match.start()) + line[match.end() :]
    keyed = list(_KEYED.finditer(line))
    names = [match.group(1) for match in keyed]
    for match in keyed:
        words = re.split(r"[ ]", match.group(1))
        for skip in range(len(words)):
            role = role_of(" ".join(words[skip:]), names)
            if role is not None:
                unit = "%" if match.group(3) == "%" else ""
                roles.setdefault(role, Number(float(match.group(2)), unit))
                first = min(first, match.start(1) + sum(len(word) + 1 for word in words[:skip]))
                break
    return roles, line[:first]


def _first_number(line: str, entry: Entry) -> int:
    """Where the four numbers begin: the last place from which the same four are found again."""
    last = 0
    for match in NUMBER.finditer(line):
        again = numbers_in(line[match.start() :])
        if again is None or again.numbers != entry.numbers:
            break
        last = match.start()
    return last
