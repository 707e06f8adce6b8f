"""The placement teacher: puts things into cells of the canvas, always in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.starter_world.planner.layout import Rect, Size, snap
from models.starter_world.planner.words import LARGE, SMALL, head_of

# Natural width and height in a 512 canvas of two things.
SIZES: dict[str, Size] = {
    "backpack": (160, 192),
    "book": (160, 128),
    "bottle": (96, 208),
    "bowl": (176, 112),
    "car": (240, 136),
    "cat": (168, 176),
    "chair": (144, 208),
    "cup": (128, 136),
    "dog": (200, 176),
    "laptop": (208, 152),
    "apple": (128, 136),
    "ball": (136, 136),
    "balloon": (128, 176),
    "bird": (160, 120),
    "boat": (240, 168),
    "fish": (192, 112),
    "flower": (112, 192),
    "house": (240, 224),
    "lamp": (112, 208),
    "mushroom": (136, 144),
    "star": (136, 136),
    "table": (256, 152),
    "tree": (184, 256),
    "umbrella": (200, 176),
}
STRANGER_SIZE = (168, 168)
FLYERS = frozenset({"balloon", "bird", "star"})
SMALLEST = 96  # the painter's smallest thing is 24 of 128 pixels
LARGEST_SMALL = 136
MARGIN = 8
WHOLE_ROWS = 6  # from more things on, the last row has the columns of the others
LONGEST_ROW = 5
CONTACT = 0.6  # of the canvas height: where one thing rests on another, so that each place hangs on one thing alone
INSIDE = 0.5  # of the outer thing's sides, at most
GROUND = 0.88  # of the canvas height


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a grid laid over the canvas."""

    row: int
    rows: int
    column: int
    columns: int


def natural_size(phrase: str) -> Size:
    """Width and height of a thing before it is fitted into anything."""
    width, height = SIZES.get(head_of(phrase), STRANGER_SIZE)
    words = phrase.split()
    if any(word in SMALL for word in words):
        # Whatever it is, clearly less than anything large: the shorter side as short as may be.
        factor = SMALLEST / min(width, height)
        return min(snap(width * factor), LARGEST_SMALL), min(snap(height * factor), LARGEST_SMALL)
    factor = 1.25 if any(word in LARGE for word in words) else 1.0
    return snap(width * factor), snap(height * factor)


def grid_cells(phrases: Sequence[str], size: Size) -> list[Cell]:
    """Cells for things without relations: rows of up to four, what flies in the upper rows."""
    count = len(phrases)
    columns = count if count <= 3 else 2 if count == 4 else 3 if count <= 6 else 4 if count <= 12 else 5
    if size[0] >= 1.5 * size[1] and count <= 4:
        columns = count
    rows = -(-count // max(columns, 1))
    order = range(count)
    if rows > 1:
        order = sorted(order, key=lambda index: head_of(phrases[index]) not in FLYERS)
    cells = [Cell(0, 1, 0, 1)] * count
    for position, index in enumerate(order):
        row = position // columns
        in_row = columns if count > WHOLE_ROWS else min(columns, count - row * columns)
        cells[index] = Cell(row, rows, position % columns, in_row)
    return cells


def row_cells(counts: Sequence[int]) -> list[list[Cell]]:
    """Cells for groups that stand from left to right."""
    total = sum(counts)
    one_row = total <= 4
    widths = [count if one_row else -(-count // 2) for count in counts]
    columns, left, groups = sum(widths), 0, []
    for count, width in zip(counts, widths, strict=True):
        if one_row:
            groups.append([Cell(0, 1, left + index, columns) for index in range(count)])
        elif count == 1:
            groups.append([Cell(1, 2, left, columns)])
        else:
            groups.append([Cell(index // width, 2, left + index % width, columns) for index in range(count)])
        left += width
    return groups


def list_cells(groups: Sequence[tuple[str, int]], size: Size) -> list[Cell]:
    """Cells for groups (phrase, count) without relations; two groups of several things get a row each."""
    phrases = [phrase for phrase, count in groups for _ in range(count)]
    counts = [count for _, count in groups]
    if len(groups) == 2 and len(phrases) > 3 and max(counts) <= LONGEST_ROW:
        return [cell for row in stacked_cells(counts) for cell in row]
    return grid_cells(phrases, size)


def stacked_cells(counts: Sequence[int]) -> list[list[Cell]]:
    """Cells for groups from the top to the bottom, one row each."""
    return [[Cell(row, len(counts), index, count) for index in range(count)] for row, count in enumerate(counts)]


def place(
    phrases: Sequence[str],
    cells: Sequence[Cell],
    *,
    size: Size,
    contacts: Sequence[tuple[int, int]] = (),
    insides: Sequence[tuple[int, int]] = (),
) -> list[Rect]:
    """Boxes for things in their cells; ``contacts`` are pairs (upper, lower) that touch, ``insides`` (inner, outer)."""
    few = len(phrases) <= 4
    growth = 1.3 if len(phrases) == 1 or insides else 1.0
    rects = [_fit(phrase, cell, size=size, growth=growth, few=few) for phrase, cell in zip(phrases, cells, strict=True)]
    line = snap(CONTACT * size[1])
    for upper, lower in contacts:
        x, _, width, height = rects[upper]
        rects[upper] = (x, line - min(height, line), width, min(height, line))
        x, _, width, height = rects[lower]
        rects[lower] = (x, line, width, min(height, size[1] - line - MARGIN))
    for inner, outer in insides:
        rects[inner] = _within(phrases[inner], rects[outer])
    return rects


def _within(phrase: str, outer: Rect) -> Rect:
    """In the middle of another thing, standing a little above its bottom."""
    natural_width, natural_height = natural_size(phrase)
    x, y, outer_width, outer_height = outer
    scale = min(INSIDE * outer_width / natural_width, INSIDE * outer_height / natural_height)
    width, height = max(snap(natural_width * scale), 40), max(snap(natural_height * scale), 40)
    return snap(x + (outer_width - width) / 2), y + outer_height - 2 * MARGIN - height, width, height


def _fit(phrase: str, cell: Cell, *, size: Size, growth: float, few: bool) -> Rect:
    """The natural size shrunk into the cell, centred, standing on the cell's ground (flyers float)."""
    cell_width, cell_height = size[0] / cell.columns, size[1] / cell.rows
    natural_width, natural_height = natural_size(phrase)
    room_width, room_height = cell_width - 2 * MARGIN, cell_height - 2 * MARGIN
    if cell.rows == 1:
        room_height = size[1] * GROUND - MARGIN
    scale = min(growth, room_width / natural_width, room_height / natural_height)
    width, height = snap(natural_width * scale), snap(natural_height * scale)
    if few:
        width = max(width, min(SMALLEST, int(room_width) // 8 * 8))
        height = max(height, min(SMALLEST, int(room_height) // 8 * 8))
    width, height = max(width, 24), max(height, 24)
    x = snap((cell.column + 0.5) * cell_width - width / 2)
    flies = head_of(phrase) in FLYERS
    if cell.rows == 1:
        y = snap(0.32 * size[1] - height / 2) if flies else snap(GROUND * size[1]) - height
    elif flies:
        y = snap((cell.row + 0.5) * cell_height - height / 2)
    else:
        y = snap((cell.row + 1) * cell_height) - 2 * MARGIN - height
    return inside((x, y, width, height), size)


def inside(rect: Rect, size: Size) -> Rect:
    """The box moved, and cut where needed, into the canvas."""
    width, height = min(rect[2], size[0]), min(rect[3], size[1])
    return min(max(rect[0], 0), size[0] - width), min(max(rect[1], 0), size[1] - height), width, height


def overlap(first: Rect, second: Rect) -> int:
    """Shared area in pixels."""
    width = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    height = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    return max(width, 0) * max(height, 0)


def free_place(phrase: str, taken: Sequence[Rect], *, size: Size) -> Rect:
    """The first free place for one more thing, smaller where it is crowded."""
    width, height = natural_size(phrase)
    best: tuple[int, Rect] | None = None
    for scale in (1.0, 0.75, 0.5):
        scaled = (max(snap(width * scale), 64), max(snap(height * scale), 64))
        for rect in _candidates(phrase, scaled, size):
            crowd = sum(overlap(rect, other) for other in taken)
            if crowd == 0:
                return rect
            if best is None or crowd < best[0]:
                best = (crowd, rect)
    assert best is not None
    return best[1]


def _candidates(phrase: str, box: Size, size: Size) -> list[Rect]:
    width, height = min(box[0], size[0]), min(box[1], size[1])
    ground = snap(GROUND * size[1]) - height
    levels = [ground, ground - snap(size[1] / 4), 2 * MARGIN]
    if head_of(phrase) in FLYERS:
        levels.reverse()
    right = size[0] - width
    columns = [snap(right / 2), 2 * MARGIN, right - 2 * MARGIN, snap(right / 4), snap(right * 3 / 4)]
    return [inside((x, y, width, height), size) for y in levels for x in columns]
