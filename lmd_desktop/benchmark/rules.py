"""What a caption asks for, as rules on named boxes: the same for a planned layout and for what a judge sees.

The first four are the predicates of the LMD benchmark (Lian et al., TMLR 2024, section 4.1 and the authors' public
evaluation): names are compared as substrings, places by centres. The others are those of the harder suites.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from lmd_desktop.domain.layout import Rect

Side = Literal["left", "right", "top", "bottom"]
Contact = Literal["on", "in", "under"]
NEAR = 0.2  # of the lower thing's height: how far apart two things may be that touch
INSIDE = 0.5  # share of a thing that must lie in what it is in
LARGER = 1.2  # times the area


@dataclass(frozen=True, slots=True)
class Seen:
    """A box with its name; from a layout in scene pixels, from a judge in pixels of the picture."""

    name: str
    box: Rect


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing is named so."""

    words: str

    @property
    def queries(self) -> tuple[str, ...]:
        return (with_article(self.words),)

    def fault(self, seen: Sequence[Seen]) -> str | None:
        count = _count(seen, self.words)
        return f"{count} × {self.words}, wanted none" if count else None


@dataclass(frozen=True, slots=True)
class Count:
    """Exactly so many are named so."""

    words: str
    wanted: int

    @property
    def queries(self) -> tuple[str, ...]:
        return (with_article(self.words),)

    def fault(self, seen: Sequence[Seen]) -> str | None:
        count = _count(seen, self.words)
        return f"{count} × {self.words}, wanted {self.wanted}" if count != self.wanted else None


@dataclass(frozen=True, slots=True)
class Present:
    """At least one is named so; with the article, as in ``a red car``."""

    phrase: str

    @property
    def queries(self) -> tuple[str, ...]:
        return (self.phrase,)

    def fault(self, seen: Sequence[Seen]) -> str | None:
        return None if _count(seen, self.phrase) else f"no {_bare(self.phrase)}"


@dataclass(frozen=True, slots=True)
class Beside:
    """The centre of the first thing lies on that side of the second one's."""

    first: str
    side: Side
    second: str

    @property
    def queries(self) -> tuple[str, ...]:
        return with_article(self.first), with_article(self.second)

    def fault(self, seen: Sequence[Seen]) -> str | None:
        return _pair_fault(self.first, self.second, seen, self._centres_lie_so, self._wanted)

    def edge_fault(self, seen: Sequence[Seen]) -> str | None:
        """The strict form: the boxes do not reach past each other."""
        return _pair_fault(self.first, self.second, seen, self._edges_lie_so, f"{self._wanted}, with a gap")

    @property
    def _wanted(self) -> str:
        word = {"left": "left of", "right": "right of", "top": "above", "bottom": "below"}[self.side]
        return f"{self.first} not {word} {self.second}"

    def _centres_lie_so(self, first: Rect, second: Rect) -> bool:
        axis = 0 if self.side in ("left", "right") else 1
        is_smaller = self.side in ("left", "top")
        one, two = first.centre[axis], second.centre[axis]
        return one < two if is_smaller else one > two

    def _edges_lie_so(self, first: Rect, second: Rect) -> bool:
        match self.side:
            case "left":
                return first.right <= second.x
            case "right":
                return second.right <= first.x
            case "top":
                return first.bottom <= second.y
            case "bottom":
                return second.bottom <= first.y


@dataclass(frozen=True, slots=True)
class Touching:
    """The first thing is on, in or under the second and touches it."""

    first: str
    how: Contact
    second: str

    @property
    def queries(self) -> tuple[str, ...]:
        return with_article(self.first), with_article(self.second)

    def fault(self, seen: Sequence[Seen]) -> str | None:
        return _pair_fault(self.first, self.second, seen, self._touches, f"{self.first} not {self.how} {self.second}")

    def _touches(self, first: Rect, second: Rect) -> bool:
        across = min(first.right, second.right) - max(first.x, second.x)
        down = min(first.bottom, second.bottom) - max(first.y, second.y)
        if self.how == "in":
            return across > 0 and down > 0 and across * down >= INSIDE * first.width * first.height
        upper, lower = (first, second) if self.how == "on" else (second, first)
        return across > 0 and upper.centre[1] < lower.centre[1] and -down <= NEAR * lower.height


@dataclass(frozen=True, slots=True)
class Larger:
    """The first thing has clearly more area than the second."""

    first: str
    second: str

    @property
    def queries(self) -> tuple[str, ...]:
        return with_article(self.first), with_article(self.second)

    def fault(self, seen: Sequence[Seen]) -> str | None:
        def is_larger(first: Rect, second: Rect) -> bool:
            return first.width * first.height > LARGER * second.width * second.height

        return _pair_fault(self.first, self.second, seen, is_larger, f"{self.first} not larger than {self.second}")


Rule = Absent | Count | Present | Beside | Touching | Larger


def first_fault(rules: Sequence[Rule], seen: Sequence[Seen]) -> str | None:
    """What is wrong first, in a few words; None if every rule holds."""
    return next((fault for rule in rules if (fault := rule.fault(seen)) is not None), None)


def find(seen: Sequence[Seen], words: str) -> Rect | None:
    """The first box named so, as the benchmark looks for it: the words followed by a space, or at the end."""
    return next((one.box for one in seen if f"{words} " in one.name or one.name.endswith(words)), None)


def with_article(words: str) -> str:
    return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"


def _bare(phrase: str) -> str:
    return phrase.partition(" ")[2]


def _count(seen: Sequence[Seen], words: str) -> int:
    return sum(words in one.name for one in seen)


def _pair_fault(
    first: str, second: str, seen: Sequence[Seen], holds: Callable[[Rect, Rect], bool], fault: str
) -> str | None:
    one, two = find(seen, first), find(seen, second)
    if one is None or two is None:
        return f"no {first if one is None else second}"
    return None if holds(one, two) else fault
