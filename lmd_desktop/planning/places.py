"""Do the boxes lie as the caption says, and are they as large? And where could one that does not be put?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from lmd_desktop.domain.layout import MIN_BOX, Box, Layout, Rect, Size, clamp_rect
from lmd_desktop.domain.violations import Fix, Violation
from lmd_desktop.planning.caption import Caption
from lmd_desktop.planning.matching import boxes_of
from lmd_desktop.planning.mentions import phrase_of
from lmd_desktop.planning.relations import Relation, RelationKind, Side
from lmd_desktop.planning.repair import LEAST_SIDE, intersection
from lmd_desktop.planning.spatial import RELATION_WORDS, SIDE_WORDS, differ_clearly, is_between, is_on_side, lies_so

STEPS = 16  # places to try in each direction
SHRINKINGS, ENLARGINGS = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3), (1.1, 1.25, 1.5, 2.0, 2.5, 3.0)
_OPPOSITE: dict[Side, Side] = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_KINDS: dict[Side, RelationKind] = {"left": "left", "right": "right", "top": "above", "bottom": "below"}
_SIZES: tuple[RelationKind, ...] = ("larger", "smaller", "taller", "wider")
_CONTACTS: tuple[RelationKind, ...] = ("on", "under", "inside")
_NEW = "+"  # id of a box that is looked for a place


@dataclass(frozen=True, slots=True)
class _Side:
    """A thing that shall be in one half of the canvas."""

    mention: int
    side: Side


@dataclass(frozen=True, slots=True)
class _Demand:
    """A relation or a side with the ids of the boxes it is about: the first thing's, then the others'.

    ``or_first`` are the boxes that the first thing may be just as well.
    """

    says: Relation | _Side
    groups: tuple[tuple[str, ...], ...]
    or_first: tuple[str, ...] = ()


_Rects = Mapping[str, Rect]


def place_violations(caption: Caption, layout: Layout, *, with_fixes: bool) -> Iterable[Violation]:
    """Relations, sides and sizes that the layout does not keep; what has no box is not its business."""
    demands, rects = _demands(caption, layout), _rects(layout)
    for demand in demands:
        if _keeps(demand, rects, layout.canvas):
            continue
        sentence, words = _told(demand.says, caption)
        is_size = isinstance(demand.says, Relation) and demand.says.kind in _SIZES
        fix = None
        if with_fixes:
            fix = _resized(demand, layout) if is_size else _moved(demand, demands, layout)
        boxes = tuple(dict.fromkeys(box_id for group in demand.groups for box_id in group))
        yield Violation("size" if is_size else "relation", sentence, words, boxes, fix)


def fitting_place(phrase: str, size: Size, caption: Caption, layout: Layout) -> Rect:
    """Where a new box would keep most of what the caption says about its place, with the least overlap."""
    width, height = min(size.width, layout.canvas.width), min(size.height, layout.canvas.height)
    x, y = (layout.canvas.width - width) // 2, round((layout.canvas.height - height) * 0.65)
    start = Box(_NEW, phrase, Rect(x, y, width, height), "#000000")
    filled = replace(layout, boxes=(*layout.boxes, start))
    return _best_place(_NEW, _demands(caption, filled), _rects(filled), layout.canvas)


def _rects(layout: Layout) -> dict[str, Rect]:
    return {box.id: box.rect for box in layout.boxes}


def _demands(caption: Caption, layout: Layout) -> tuple[_Demand, ...]:
    """ "On the left": left of what is on the right, or in the left half where nothing is."""
    found: list[Relation | _Side] = list(caption.relations)
    done: set[tuple[int, int]] = set()
    for index, side in caption.sides:
        across = [other for other, where in caption.sides if where == _OPPOSITE[side] and other != index]
        for other in across:
            if (other, index) not in done:
                done.add((index, other))
                found.append(Relation(_KINDS[side], index, (other,)))
        if not across:
            found.append(_Side(index, side))
    bound: list[_Demand] = []
    for says in found:
        numbers = (says.first, *says.others) if isinstance(says, Relation) else (says.mention,)
        groups = [boxes_of(caption.mentions[number], caption, layout) for number in numbers]
        another = says.or_first if isinstance(says, Relation) else None
        or_first = boxes_of(caption.mentions[another], caption, layout) if another is not None else []
        if all(groups):
            ids = tuple(tuple(box.id for box in group) for group in groups)
            bound.append(_Demand(says, ids, tuple(box.id for box in or_first)))
    return tuple(bound)


def _keeps(demand: _Demand, rects: _Rects, canvas: Size) -> bool:
    """Whether the boxes lie as demanded by one of the readings."""
    if _holds(demand, rects, canvas):
        return True
    another = replace(demand, groups=(demand.or_first, *demand.groups[1:]), or_first=())
    return bool(demand.or_first) and _holds(another, rects, canvas)


def _holds(demand: _Demand, rects: _Rects, canvas: Size) -> bool:
    """Whether the boxes lie as demanded; boxes of a group that have no rectangle are left out."""
    first, *others = ([rects[box_id] for box_id in group if box_id in rects] for group in demand.groups)
    says = demand.says
    if isinstance(says, _Side):
        return is_on_side(says.side, _middle(first), canvas)
    if any(not set(demand.groups[0]).isdisjoint(group) for group in demand.groups[1:]):
        # "a cat beside another cat": which is which?
        return says.kind not in _SIZES or len(first) < 2 or differ_clearly(first)
    if says.kind == "between":
        ends = [_middle(group) for group in others] if len(others) > 1 else [rect.centre for rect in others[0]]
        return all(is_between(rect.centre, ends) for rect in first)
    pairs = [[lies_so(says.kind, one, other, canvas) for other in others[0]] for one in first]
    return all(any(row) if says.kind in _CONTACTS else all(row) for row in pairs)


def _middle(rects: Sequence[Rect]) -> tuple[float, float]:
    centres = [rect.centre for rect in rects]
    return sum(x for x, _ in centres) / len(centres), sum(y for _, y in centres) / len(centres)


def _broken(demands: Sequence[_Demand], rects: _Rects, canvas: Size) -> int:
    return sum(not _keeps(demand, rects, canvas) for demand in demands)


def _told(says: Relation | _Side, caption: Caption) -> tuple[str, str]:
    """The sentence for people and the demand for the planner."""
    if isinstance(says, _Side):
        phrase = phrase_of(caption.mentions[says.mention])
        return f"“{phrase}” should be {SIDE_WORDS[says.side]}.", f'"{phrase}" must be on the {says.side}'
    one = phrase_of(caption.mentions[says.first])
    other = " and ".join(phrase_of(caption.mentions[index]) for index in says.others)
    how = RELATION_WORDS[says.kind]
    return f"“{one}” should be {how} “{other}”.", f'"{one}" must be {how} "{other}"'


def _resized(demand: _Demand, layout: Layout) -> Fix | None:
    """Shrink the one that is too large where it stands, else enlarge the other."""
    kind = demand.says.kind if isinstance(demand.says, Relation) else "larger"
    if any(len(group) != 1 for group in demand.groups) or demand.groups[0] == demand.groups[1]:
        return None
    one, other = (layout.box(group[0]) for group in demand.groups)
    large, small = (other, one) if kind == "smaller" else (one, other)
    canvas, rects = layout.canvas, _rects(layout)
    least = round(LEAST_SIDE * max(canvas.width, canvas.height))
    for box, factors, title in (
        (small, SHRINKINGS, f"Shrink “{small.phrase}”"),
        (large, ENLARGINGS, f"Enlarge “{large.phrase}”"),
    ):
        for factor in factors:
            wide, high = 1.0 if kind == "taller" else factor, 1.0 if kind == "wider" else factor
            rect = _scaled(box.rect, wide, high, canvas)
            is_seen = min(rect.width, rect.height) >= least
            if not box.is_locked and is_seen and _keeps(demand, {**rects, box.id: rect}, canvas):
                return Fix(title, placed=((box.id, rect),))
    return None


def _scaled(rect: Rect, wide: float, high: float, canvas: Size) -> Rect:
    """Another size on the same ground."""
    width, height = round(rect.width * wide), round(rect.height * high)
    return clamp_rect(Rect(rect.x + (rect.width - width) // 2, rect.bottom - height, width, height), canvas)


def _moved(demand: _Demand, demands: Sequence[_Demand], layout: Layout) -> Fix | None:
    """Swap two things or move some, as little as may be, so that this and all other demands are kept."""
    canvas, rects = layout.canvas, _rects(layout)
    fixes: list[Fix] = []
    singles = [layout.box(group[0]) for group in demand.groups if len(group) == 1]
    free = [box for box in singles if not box.is_locked]
    if len(free) == 2 == len(demand.groups):
        one, other = free
        swapped = ((one.id, _around(one.rect, other.rect, canvas)), (other.id, _around(other.rect, one.rect, canvas)))
        fixes.append(Fix(f"Swap “{one.phrase}” and “{other.phrase}”", placed=swapped))
    for box in free:
        fixes.append(Fix(f"Move “{box.phrase}”", placed=((box.id, _best_place(box.id, demands, rects, canvas)),)))
    for group in demand.groups:
        if len(group) > 1:
            fixes += _several_moved(group, demand, demands, layout)
    if len(free) > 1:
        fixes += _several_moved(tuple(box.id for box in free), demand, demands, layout)
    costs = [(_broken(demands, {**rects, **dict(fix.placed)}, canvas), number) for number, fix in enumerate(fixes)]
    least, number = min(costs, default=(len(demands), 0))
    return fixes[number] if least < _broken(demands, rects, canvas) else None


def _several_moved(group: Sequence[str], demand: _Demand, demands: Sequence[_Demand], layout: Layout) -> list[Fix]:
    """Each thing of a group goes where it belongs, one after the other."""
    rects = _rects(layout)
    for box_id in group:
        others = set(group) - {box_id} if group in demand.groups else set[str]()
        alone = {key: rect for key, rect in rects.items() if key not in others}
        if not layout.box(box_id).is_locked and not _keeps(demand, alone, layout.canvas):
            rects[box_id] = _best_place(box_id, demands, rects, layout.canvas, ignored=others)
    placed = tuple((box_id, rects[box_id]) for box_id in group if rects[box_id] != layout.box(box_id).rect)
    return [Fix(f"Move {len(placed)} things", placed=placed)] if placed else []


def _best_place(
    box_id: str, demands: Sequence[_Demand], rects: _Rects, canvas: Size, *, ignored: Collection[str] = ()
) -> Rect:
    """The place that breaks the fewest demands, then overlaps the others least, then is the nearest.

    What the demands say about the boxes in ``ignored`` does not count.
    """
    rect = rects[box_id]
    others = [other for key, other in rects.items() if key != box_id]
    judged = {key: other for key, other in rects.items() if key not in ignored}
    own = [demand for demand in demands if any(box_id in group for group in demand.groups)]

    def cost(place: Rect) -> tuple[int, int, float]:
        shared = sum(intersection(place, other) for other in others)
        (x, y), (from_x, from_y) = place.centre, rect.centre
        return _broken(own, {**judged, box_id: place}, canvas), shared, abs(x - from_x) + abs(y - from_y)

    return min(_candidates(rect, others, canvas), key=cost)


def _candidates(rect: Rect, others: Iterable[Rect], canvas: Size) -> Collection[Rect]:
    """Places all over the canvas, and those on, under, in and beside the others."""
    width, height = canvas.width - rect.width, canvas.height - rect.height
    places = {
        replace(rect, x=round(x * width / STEPS), y=round(y * height / STEPS))
        for x, y in product(range(STEPS + 1), repeat=2)
    }
    for other in others:
        x, y = (round(value) for value in (other.centre[0] - rect.width / 2, other.centre[1] - rect.height / 2))
        for left, top in (
            (x, other.y - rect.height + MIN_BOX),
            (x, other.bottom - MIN_BOX),
            (x, y),
            (x, other.bottom - rect.height),
            (other.x - rect.width, y),
            (other.right, y),
        ):
            places.add(clamp_rect(replace(rect, x=left, y=top), canvas))
    return sorted(places | {rect}, key=lambda place: (place.x, place.y))


def _around(rect: Rect, other: Rect, canvas: Size) -> Rect:
    """The same size with the middle of the other one."""
    x, y = round(other.centre[0] - rect.width / 2), round(other.centre[1] - rect.height / 2)
    return clamp_rect(replace(rect, x=x, y=y), canvas)
