"""Does a layout say what the request says? Counts, looks, relations, negation, background, language; pure code.

The planner judges its answers by it, and the benchmark uses the same checks. A violation is only reported where the
request is unmistakable (``caption.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from lmd_desktop.domain.layout import MIN_BOX, Box, Layout, Rect, clamp_rect
from lmd_desktop.domain.violations import Fix, Violation, apply_fix, with_negative
from lmd_desktop.planning.caption import (
    Absent,
    Caption,
    Mention,
    Relation,
    RelationKind,
    Side,
    demanded_attributes,
    read_caption,
)
from lmd_desktop.planning.lexicon import ADJECTIVES, AFTER_NOUN, ARTICLES, PREPOSITIONS
from lmd_desktop.planning.nouns import NUMBERS, head_of, is_foreign, names, singular, words_of
from lmd_desktop.planning.repair import free_place, intersection

MAX_COUNT = 30
MOSTLY_INSIDE = 0.8  # share of a box within another one from which on it is meant to lie on it
FALLBACK_BACKGROUND = "a realistic scene"
_REMOVE = re.compile(
    r"^(?:please |now |then |also )*(?:remove|delete|take away|get rid of|drop|erase|take out) "
    r"(?:all |both )?(?:of )?the (.+)$"
)
_ADD = re.compile(r"^(?:please |now |then |also )*(?:add|put|place|insert|draw|include) (?:in )?(.+)$")
_RELATION_WORDS = {
    "left": "to the left of",
    "right": "to the right of",
    "above": "above",
    "below": "below",
    "on": "on",
    "inside": "inside",
    "between": "between",
}


def check_meaning(request: str, layout: Layout, before: Layout | None = None) -> tuple[Violation, ...]:
    """Everything in which a layout breaks the request; ``before`` is the canvas that it was planned upon.

    On a canvas with boxes only what the request adds, removes or forbids is checked. Disabled boxes do not count.
    """
    found = _violations(request, layout, before)
    return tuple(
        violation
        if violation.fix is None or len(_violations(request, apply_fix(layout, violation.fix), before)) < len(found)
        else replace(violation, fix=None)
        for violation in found
    )


def _violations(request: str, layout: Layout, before: Layout | None) -> list[Violation]:
    """Fixes are not yet tried."""
    seen = replace(layout, boxes=layout.enabled_boxes)
    if before is None or not before.boxes:
        return [*_language(seen), *_repeated(seen, None), *_caption(read_caption(request), seen)]
    return [*_language(seen), *_repeated(seen, before), *_change(request, seen, before)]


def safe_fixes(violations: Iterable[Violation]) -> list[Fix]:
    """Fixes that change no box: what is forbidden goes to the negative prompt, what is boxed leaves the background."""
    fixes = [violation.fix for violation in violations if violation.fix is not None]
    return [fix for fix in fixes if not (fix.renamed or fix.placed or fix.deleted or fix.added)]


def related_boxes(request: str, layout: Layout) -> list[frozenset[str]]:
    """Pairs of boxes that may overlap: the request puts them upon, into or before each other, or does not name both
    and one lies within the other.
    """
    words = re.compile(
        r"\b(?:on|in|inside|under|over|above|behind|with|of|wearing|holding|riding|carrying|by|at|against|into|onto|"
        r"front|near|eating|hugging|around|covered|through|below|beneath)\b"
    )
    pairs: list[frozenset[str]] = []
    lowered = request.lower()
    for index, one in enumerate(layout.boxes):
        for other in layout.boxes[index + 1 :]:
            heads = head_of(one.phrase), head_of(other.phrase)
            places = [found.start() for head in heads if (found := re.search(rf"\b{re.escape(head)}", lowered))]
            between = lowered[min(places) : max(places)] if len(places) == 2 else ""
            is_joined = words.search(between) and not re.search(r"[,;.]|\band\b|left|right", between)
            is_part = heads[0] != heads[1] and (names(one.phrase, heads[1]) or names(other.phrase, heads[0]))
            smaller = min(one.rect.width * one.rect.height, other.rect.width * other.rect.height)
            is_within = len(places) < 2 and intersection(one.rect, other.rect) > MOSTLY_INSIDE * smaller
            if is_joined or is_part or is_within:
                pairs.append(frozenset((one.id, other.id)))
    return pairs


def _language(layout: Layout) -> Iterable[Violation]:
    for box in layout.boxes:
        if is_foreign(box.phrase):
            yield Violation(
                "language",
                f"“{box.phrase}” is not in English; the painter knows English only.",
                f'box {box.id} must be in English, not "{box.phrase}"',
                (box.id,),
            )
    for name, line, text in (
        ("background prompt", "bg", layout.background_prompt),
        ("negative prompt", "neg", layout.negative_prompt),
    ):
        if is_foreign(text):
            sentence = f"The {name} is not in English; the painter knows English only."
            yield Violation("language", sentence, f"{line} must be in English")


def _repeated(layout: Layout, old: Layout | None) -> Iterable[Violation]:
    """Things with a box that the background names as well; what the person left so before is no news."""
    known = {head_of(box.phrase) for box in old.boxes} if old is not None else set[str]()
    if old is not None and old.background_prompt != layout.background_prompt:
        known = set()
    for head in dict.fromkeys(head_of(box.phrase) for box in layout.boxes):
        if head and head not in known and _says(layout.background_prompt, head):
            boxes = tuple(box.id for box in layout.boxes if head_of(box.phrase) == head)
            yield Violation(
                "background",
                f"The background prompt names “{head}”, which has a box already.",
                f'bg must not name "{head}"',
                boxes,
                Fix("Take it out of the background", background=_without(layout.background_prompt, head)),
            )


def _caption(caption: Caption, layout: Layout) -> Iterable[Violation]:
    yield from _counts(caption, layout)
    for mention in caption.mentions:
        yield from _attributes(mention, caption, layout)
    for relation in caption.relations:
        yield from _relation(relation, caption, layout)
    yield from _sides(caption, layout)
    for absent in caption.absent:
        yield from _absent(absent, layout, wants_negative=True)


def _change(request: str, layout: Layout, old: Layout) -> Iterable[Violation]:
    """A request on a canvas with boxes: what must be gone, what must be new."""
    text = " ".join(request.lower().replace("’", "'").split()).strip(" .!")
    caption = read_caption(text)
    for absent in caption.absent:
        yield from _absent(absent, layout, wants_negative=True)
    removed = _REMOVE.match(text)
    if removed is not None and not re.search(r"\b(?:and|but|from|of|then|except)\b|,", removed.group(1)):
        gone = _noun_phrase(removed.group(1))
        if gone is not None:
            yield from _absent(gone, layout, wants_negative=False)
    added = _ADD.match(text)
    if added is None or caption.absent or re.search(r"\b(?:back|remove|instead|replace|move|make)\b", text):
        return
    mentions = [m for m in caption.mentions if m.is_new and m.count is not None and not m.may_be_background]
    for mention in mentions[:1]:
        had, has = len(_of(mention.noun, old)), len(_of(mention.noun, layout))
        wanted = had + (mention.count or 0)
        if has < wanted and text.find(mention.noun) < 40:
            phrase = _phrase_of(mention)
            yield _missing(phrase, wanted, has, layout)


def _counts(caption: Caption, layout: Layout) -> Iterable[Violation]:
    """As many boxes of a thing as are named; each noun once, over all its mentions."""
    for noun in dict.fromkeys(mention.noun for mention in caption.mentions):
        mentions = [mention for mention in caption.mentions if mention.noun == noun and mention.is_new]
        if not mentions or any(mention.may_be_background for mention in mentions):
            continue
        boxes = _of(noun, layout, _nouns(caption) - {noun})
        sure = [mention.count for mention in mentions if mention.count is not None]
        wanted = sum(sure)
        if len(sure) < len(mentions) or wanted > MAX_COUNT:
            wanted = max(wanted, 1)
            if boxes or any(names(box.phrase, noun) for box in layout.boxes):
                continue
        phrase = _phrase_of(mentions[0])
        if not boxes and wanted == 1 and any(names(box.phrase, noun) for box in layout.boxes):
            continue
        if len(boxes) < wanted:
            yield _missing(phrase, wanted, len(boxes), layout)
        elif len(boxes) > wanted:
            spare = _spare(boxes, mentions, len(boxes) - wanted)
            title = f"Delete {len(spare)} of them" if len(spare) > 1 else "Delete one of them"
            yield Violation(
                "count",
                f"There should be {wanted} × “{noun}”, but there are {len(boxes)}.",
                f'need {wanted} boxes "{phrase}", got {len(boxes)}',
                tuple(box.id for box in boxes),
                Fix(title, deleted=spare) if len(spare) == len(boxes) - wanted else None,
            )


def _missing(phrase: str, wanted: int, has: int, layout: Layout) -> Violation:
    alike = [box.rect for box in layout.boxes if head_of(box.phrase) == head_of(phrase)]
    size = alike[0] if alike else Rect(0, 0, layout.canvas.width // 4, layout.canvas.height // 4)
    added: list[tuple[str, Rect]] = []
    filled = layout
    for _ in range(wanted - has):
        rect = free_place(filled, size.width, size.height)
        added.append((phrase, rect))
        filled = replace(filled, boxes=(*filled.boxes, Box(f"+{len(added)}", phrase, rect, "#000000")))
    sentence = f"There should be {wanted} × “{head_of(phrase)}”, but there are {has}."
    sentence = sentence if has else f"“{phrase}” has no box."
    return Violation(
        "count",
        sentence,
        f'need {wanted} boxes "{phrase}", got {has}',
        tuple(box.id for box in layout.boxes if head_of(box.phrase) == head_of(phrase)),
        Fix(f"Add “{phrase}”", added=tuple(added)),
    )


def _attributes(mention: Mention, caption: Caption, layout: Layout) -> Iterable[Violation]:
    """As many boxes with the named looks as the caption wants."""
    looks = demanded_attributes(mention)
    boxes = _of(mention.noun, layout, _nouns(caption) - {mention.noun})
    if not looks or not boxes or mention.may_be_background:
        return
    wanted = max(mention.count or 1, 1)
    right = [box for box in boxes if _has(box, looks)]
    if len(right) >= min(wanted, len(boxes)):
        return
    others = [demanded_attributes(m) for m in caption.mentions if m is not mention and m.noun == mention.noun]
    free = [box for box in boxes if not _has(box, looks) and not any(_has(box, other) for other in others if other)]
    phrase = _phrase_of(mention)
    yield Violation(
        "attribute",
        f"No box says “{phrase}”." if not right else f"Only {len(right)} of {wanted} boxes say “{phrase}”.",
        f'a box must say "{phrase}"',
        tuple(box.id for box in free or boxes),
        Fix(f"Rename to “{phrase}”", renamed=((free[0].id, phrase),)) if free and not free[0].is_locked else None,
    )


def _relation(relation: Relation, caption: Caption, layout: Layout) -> Iterable[Violation]:
    first = _boxes_of(caption.mentions[relation.first], caption, layout)
    others = [_boxes_of(caption.mentions[index], caption, layout) for index in relation.others]
    if not first or not all(others):
        return
    if _holds(relation.kind, first, others, layout):
        return
    one, another = (
        _phrase_of(caption.mentions[relation.first]),
        " and ".join(_phrase_of(caption.mentions[index]) for index in relation.others),
    )
    sentence = f"“{one}” should be {_RELATION_WORDS[relation.kind]} “{another}”."
    demand = f'"{one}" must be {_RELATION_WORDS[relation.kind]} "{another}"'
    boxes = tuple(box.id for box in (*first, *(box for group in others for box in group)))
    fix = None
    if len(first) == 1 and len(others) == 1 and len(others[0]) == 1 and relation.kind != "between":
        fix = _placed(relation.kind, first[0], others[0][0], layout)
    yield Violation("relation", sentence, demand, boxes, fix)


def _holds(kind: str, first: list[Box], others: list[list[Box]], layout: Layout) -> bool:
    """Whether the middles lie as asked; for several boxes their common middle."""
    x, y = _middle(first)
    middles = [_middle(group) for group in others]
    other_x, other_y = middles[0]
    match kind:
        case "left":
            return x < other_x
        case "right":
            return x > other_x
        case "above":
            return y < other_y
        case "below":
            return y > other_y
        case "on":
            return any(_rests_on(a.rect, b.rect, layout) for a in first for b in others[0])
        case "inside":
            return any(intersection(a.rect, b.rect) > 0 for a in first for b in others[0])
        case _:
            low, high = sorted(middles)[0], sorted(middles)[-1]
            lows, highs = sorted(point[1] for point in middles), sorted(point[0] for point in middles)
            return low[0] <= x <= high[0] or (lows[0] <= y <= lows[-1] and highs[0] == highs[-1])


def _rests_on(upper: Rect, lower: Rect, layout: Layout) -> bool:
    """Whether one thing can stand on or hang upon the other: side by side it cannot, nor wholly below it."""
    slack = layout.canvas.height * 0.06
    shares_columns = min(upper.right, lower.right) > max(upper.x, lower.x)
    return shares_columns and lower.y - slack <= upper.bottom and upper.y < lower.bottom - slack / 2


def _placed(kind: str, one: Box, other: Box, layout: Layout) -> Fix | None:
    """Change the places of two things, or put the one that is free on the right side of the other."""
    if one.is_locked and other.is_locked:
        return None
    if kind in ("on", "inside"):
        mover, anchor = (one, other) if not one.is_locked else (None, other)
        if mover is None:
            return None
        x = round(anchor.rect.centre[0] - mover.rect.width / 2)
        y = round(anchor.rect.centre[1] - mover.rect.height / 2)
        y = anchor.rect.y - mover.rect.height + MIN_BOX if kind == "on" else y
        return Fix(f"Put “{mover.phrase}” there", placed=((mover.id, _at(mover.rect, x, y, layout)),))
    if not one.is_locked and not other.is_locked:
        first, second = _around(one.rect, other.rect.centre, layout), _around(other.rect, one.rect.centre, layout)
        return Fix(f"Swap “{one.phrase}” and “{other.phrase}”", placed=((one.id, first), (other.id, second)))
    mover, anchor = (other, one) if one.is_locked else (one, other)
    (x, y), width, height = anchor.rect.centre, layout.canvas.width, layout.canvas.height
    side = {"left": "right", "right": "left", "above": "below", "below": "above"}[kind] if one.is_locked else kind
    centre = {
        "left": (x / 2, mover.rect.centre[1]),
        "right": ((x + width) / 2, mover.rect.centre[1]),
        "above": (mover.rect.centre[0], y / 2),
        "below": (mover.rect.centre[0], (y + height) / 2),
    }[side]
    return Fix(f"Move “{mover.phrase}”", placed=((mover.id, _around(mover.rect, centre, layout)),))


def _sides(caption: Caption, layout: Layout) -> Iterable[Violation]:
    """ "On the left": left of what is on the right, or in the left half where nothing is."""
    opposite: dict[Side, Side] = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
    kinds: dict[Side, RelationKind] = {"left": "left", "right": "right", "top": "above", "bottom": "below"}
    done: set[tuple[int, int]] = set()
    for index, side in caption.sides:
        boxes = _boxes_of(caption.mentions[index], caption, layout)
        if not boxes:
            continue
        across = [other for other, where in caption.sides if where == opposite[side] and other != index]
        for other in across:
            if (other, index) not in done:
                done.add((index, other))
                yield from _relation(Relation(kinds[side], index, (other,)), caption, layout)
        if across:
            continue
        (x, y), canvas = _middle(boxes), layout.canvas
        is_right = {
            "left": x < canvas.width / 2,
            "right": x > canvas.width / 2,
            "top": y < canvas.height / 2,
            "bottom": y > canvas.height / 2,
        }[side]
        if not is_right:
            phrase = _phrase_of(caption.mentions[index])
            centre = {
                "left": (canvas.width / 4, y),
                "right": (canvas.width * 3 / 4, y),
                "top": (x, canvas.height / 4),
                "bottom": (x, canvas.height * 3 / 4),
            }[side]
            fix = Fix(f"Move “{phrase}”", placed=((boxes[0].id, _around(boxes[0].rect, centre, layout)),))
            yield Violation(
                "relation",
                f"“{phrase}” should be {'at' if side in ('top', 'bottom') else 'on'} the {side}.",
                f'"{phrase}" must be on the {side}',
                tuple(box.id for box in boxes),
                fix if len(boxes) == 1 and not boxes[0].is_locked else None,
            )


def _absent(absent: Absent, layout: Layout, *, wants_negative: bool) -> Iterable[Violation]:
    """What is forbidden: no box, not in the background, and named by the negative prompt."""
    boxes = [box for box in layout.boxes if _says(box.phrase, absent.noun) and _has(box, absent.attributes)]
    if boxes:
        is_free = not any(box.is_locked for box in boxes)
        yield Violation(
            "negation",
            f"There should be no “{absent.words}”, but there is a box for it.",
            f'no box may show "{absent.words}"',
            tuple(box.id for box in boxes),
            Fix(f"Delete “{boxes[0].phrase}”", deleted=tuple(box.id for box in boxes)) if is_free else None,
        )
    background = layout.background_prompt
    if _says(background, absent.noun) and set(absent.attributes) <= set(words_of(background)):
        yield Violation(
            "negation",
            f"There should be no “{absent.words}”, but the background prompt names it.",
            f'bg must not name "{absent.words}"',
            (),
            Fix("Take it out of the background", background=_without(background, absent.noun)),
        )
    if wants_negative and not names(layout.negative_prompt, absent.noun):
        yield Violation(
            "negation",
            f"There should be no “{absent.words}”, but the negative prompt does not name it.",
            f'neg must name "{absent.words}"',
            (),
            Fix(f"Add “{absent.words}” to the negative prompt", negative=with_negative(layout, absent.words)),
        )


def _noun_phrase(text: str) -> Absent | None:
    """The thing that "the red cars" names."""
    words = words_of(text)
    is_sure = words and not set(words) & PREPOSITIONS and singular(words[-1]) not in ADJECTIVES
    return Absent(singular(words[-1]), tuple(word for word in words[:-1] if word in ADJECTIVES)) if is_sure else None


def _nouns(caption: Caption) -> set[str]:
    return {mention.noun for mention in caption.mentions}


def _of(noun: str, layout: Layout, others: Iterable[str] = ()) -> list[Box]:
    """The boxes of a thing: those it is the head of, else those with a word for it that is nothing else named."""
    exact = [box for box in layout.boxes if head_of(box.phrase) == noun]
    if exact:
        return exact
    taken = set(others)
    return [box for box in layout.boxes if head_of(box.phrase) not in taken and names(head_of(box.phrase), noun)]


def _boxes_of(mention: Mention, caption: Caption, layout: Layout) -> list[Box]:
    """The boxes that a mention is about: with its looks if there are such."""
    boxes = _of(mention.noun, layout, _nouns(caption) - {mention.noun})
    looks = demanded_attributes(mention)
    with_looks = [box for box in boxes if _has(box, looks)]
    alike = [m for m in caption.mentions if m.noun == mention.noun and m is not mention and m.is_new and mention.is_new]
    return with_looks or ([] if alike else boxes)


def _spare(boxes: list[Box], mentions: list[Mention], count: int) -> tuple[str, ...]:
    """Which boxes to delete: unlocked ones without the named looks first, then the last ones."""
    wanted = [demanded_attributes(mention) for mention in mentions]
    free = [box for box in boxes if not box.is_locked]
    by_need = sorted(reversed(free), key=lambda box: any(_has(box, looks) for looks in wanted if looks))
    return tuple(box.id for box in by_need[:count])


def _has(box: Box, looks: Iterable[str]) -> bool:
    words = {"gray" if word == "grey" else word for word in words_of(box.phrase)}
    return all(("gray" if look == "grey" else look) in words for look in looks)


def _says(text: str, noun: str) -> bool:
    """Whether a text names a thing as such, not as a part of another one's name ("car" in "a car park")."""
    words = re.findall(r"[^\W_]+(?:['-][^\W_]+)*|[,.;]", text.lower())
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else "."
        is_head = (
            not following[0].isalpha() or following in AFTER_NOUN or following in ARTICLES or following.endswith("ing")
        )
        if singular(word) == noun and is_head:
            return True
    return False


def _without(text: str, noun: str) -> str:
    """A background prompt without a thing, its number and its looks."""
    skip = "|".join(sorted((*ARTICLES, *NUMBERS, *ADJECTIVES, "some", "several", "many"), key=len, reverse=True))
    pattern = re.compile(
        rf"[,\s]*\b(?:(?:with|of|and|featuring|showing|including|full of|behind|near|beside)\s+)?"
        rf"(?:(?:{skip})\s+)*([^\W_]+)\b",
        re.IGNORECASE,
    )

    def drop(found: re.Match[str]) -> str:
        return "" if singular(found.group(1).lower()) == noun else found.group()

    left = re.sub(r"\s+", " ", pattern.sub(drop, text)).strip(" ,;.")
    left = re.sub(r"\s+(?:with|of|and|featuring|showing|including)$", "", left, flags=re.IGNORECASE)
    return left if words_of(left) and not set(words_of(left)) <= ARTICLES else FALLBACK_BACKGROUND


def _phrase_of(mention: Mention) -> str:
    words = " ".join((*mention.attributes, mention.noun))
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _middle(boxes: list[Box]) -> tuple[float, float]:
    centres = [box.rect.centre for box in boxes]
    return sum(x for x, _ in centres) / len(centres), sum(y for _, y in centres) / len(centres)


def _around(rect: Rect, centre: tuple[float, float], layout: Layout) -> Rect:
    return _at(rect, round(centre[0] - rect.width / 2), round(centre[1] - rect.height / 2), layout)


def _at(rect: Rect, x: int, y: int, layout: Layout) -> Rect:
    return clamp_rect(replace(rect, x=x, y=y), layout.canvas)
