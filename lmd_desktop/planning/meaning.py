"""Does a layout say what the request says? Counts, looks, places, sizes, negation, background, language; pure code.

The planner judges its answers by it, and the benchmark uses the same checks. A violation is only reported where the
request is unmistakable (``caption.py``, ``requested_edit.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.domain.violations import Fix, Violation, apply_fix, with_negative
from lmd_desktop.planning.caption import Absent, Caption, read_caption
from lmd_desktop.planning.lexicon import ADJECTIVES, ARTICLES, PLACE_NOUNS, SCENERY
from lmd_desktop.planning.matching import boxes_named, has_looks, nouns_of, says, says_all
from lmd_desktop.planning.mentions import Mention, demanded_attributes, phrase_of
from lmd_desktop.planning.nouns import NUMBERS, head_of, is_foreign, names, singular, words_of
from lmd_desktop.planning.places import fitting_place, place_violations
from lmd_desktop.planning.repair import intersection
from lmd_desktop.planning.requested_edit import edit_violations, noun_phrase, read_edit
from lmd_desktop.planning.wording import plain_request

MAX_COUNT = 30
MOSTLY_INSIDE = 0.8  # share of a box within another one from which on it is meant to lie on it
MAX_FIXES = 24  # one after the other
FALLBACK_BACKGROUND = "a realistic scene"
_REMOVE = re.compile(
    r"^(?:please |now |then |also )*(?:remove|delete|take away|get rid of|drop|erase|take out) "
    r"(?:all |both )?(?:of )?the (.+)$"
)
_ADD = re.compile(r"^(?:please |now |then |also )*(?:add|put|place|insert|draw|include) (?:in )?(.+)$")


def check_meaning(request: str, layout: Layout, before: Layout | None = None) -> tuple[Violation, ...]:
    """Everything in which a layout breaks the request; ``before`` is the canvas that it was planned upon.

    On a canvas with boxes only what the request adds, removes, changes or forbids is checked. Disabled boxes do not
    count.
    """
    found = _violations(request, layout, before)
    return tuple(
        violation
        if violation.fix is None or _count(request, apply_fix(layout, violation.fix), before) < len(found)
        else replace(violation, fix=None)
        for violation in found
    )


def with_all_fixes(request: str, layout: Layout, before: Layout | None = None) -> Layout:
    """The layout after every fix that is offered, as a person gets it who takes one after the other."""
    for _ in range(MAX_FIXES):
        fixes = (violation.fix for violation in check_meaning(request, layout, before))
        fix = next((fix for fix in fixes if fix is not None), None)
        if fix is None:
            break
        layout = apply_fix(layout, fix)
    return layout


def _count(request: str, layout: Layout, before: Layout | None) -> int:
    return len(_violations(request, layout, before, with_places=False))


def _violations(request: str, layout: Layout, before: Layout | None, *, with_places: bool = True) -> list[Violation]:
    """Fixes are not yet tried; without places those that must look for one are left out, which is much faster."""
    seen = replace(layout, boxes=layout.enabled_boxes)
    if before is None or not before.boxes:
        asked = _caption(read_caption(request), seen, with_places=with_places)
        return [*_language(seen), *_repeated(seen, None), *asked]
    return [*_language(seen), *_repeated(seen, before), *_change(request, seen, before, with_places=with_places)]


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
        if head and head not in known and says(layout.background_prompt, head):
            boxes = tuple(box.id for box in layout.boxes if head_of(box.phrase) == head)
            yield Violation(
                "background",
                f"The background prompt names “{head}”, which has a box already.",
                f'bg must not name "{head}"',
                boxes,
                Fix("Take it out of the background", background=_without(layout.background_prompt, head)),
            )


def _caption(caption: Caption, layout: Layout, *, with_places: bool) -> Iterable[Violation]:
    yield from _counts(caption, layout, with_places=with_places)
    for mention in caption.mentions:
        yield from _attributes(mention, caption, layout)
    yield from place_violations(caption, layout, with_fixes=with_places)
    for absent in caption.absent:
        yield from _absent(absent, layout, wants_negative=True)
    yield from _suppressed(caption, layout)


def _change(request: str, layout: Layout, old: Layout, *, with_places: bool) -> Iterable[Violation]:
    """A request on a canvas with boxes: what must be gone, what must be new, what must have changed."""
    text = plain_request(request, old)
    caption = read_caption(text)
    for absent in caption.absent:
        yield from _absent(absent, layout, wants_negative=True)
    edit = read_edit(request, old)
    if edit is not None:
        yield from edit_violations(edit, layout, old)
    removed = _REMOVE.match(text)
    if removed is not None and not re.search(r"\b(?:and|but|from|of|then|except)\b|,", removed.group(1)):
        gone = noun_phrase(removed.group(1))
        if gone is not None:
            yield from _absent(gone, layout, wants_negative=False)
    added = _ADD.match(text)
    if added is None or caption.absent or re.search(r"\b(?:back|remove|instead|replace|move|make)\b", text):
        return
    mentions = [m for m in caption.mentions if m.is_new and m.count is not None and not m.may_be_background]
    for mention in mentions if edit is not None else mentions[:1]:
        had, has = len(boxes_named(mention.noun, old)), len(boxes_named(mention.noun, layout))
        wanted = had + (mention.count or 0)
        if has < wanted and (edit is not None or text.find(mention.noun) < 40):
            yield _missing(mention, wanted, has, caption, layout, with_places=with_places)
        elif has > wanted and edit is not None and edit.kind == "add":
            boxes = [box for box in boxes_named(mention.noun, layout) if not old.has_box(box.id)]
            yield _too_many(mention.noun, wanted, boxes, [mention], has, layout)
    if edit is not None and edit.kind == "add":
        yield from place_violations(caption, _without_old(caption, layout, old), with_fixes=with_places)


def _without_old(caption: Caption, layout: Layout, old: Layout) -> Layout:
    """The layout without older things of the kinds that a request adds: the relations are about the new ones."""
    nouns = {mention.noun for mention in caption.mentions if mention.is_new}
    gone = {box.id for noun in nouns for box in boxes_named(noun, old)}
    return replace(layout, boxes=tuple(box for box in layout.boxes if box.id not in gone))


def _counts(caption: Caption, layout: Layout, *, with_places: bool) -> Iterable[Violation]:
    """As many boxes of a thing as are named; each noun once, over all its mentions."""
    for noun in dict.fromkeys(mention.noun for mention in caption.mentions):
        mentions = [mention for mention in caption.mentions if mention.noun == noun and mention.is_new]
        is_behind = [m.may_be_background for m in mentions]
        if any(is_behind) and not (len(mentions) == 1 and _is_nowhere(mentions[0], layout)):
            continue
        if not mentions:
            continue
        boxes = boxes_named(noun, layout, nouns_of(caption) - {noun})
        sure = [mention.count for mention in mentions if mention.count is not None]
        wanted = sum(sure)
        if len(sure) < len(mentions) or wanted > MAX_COUNT:
            wanted = max(wanted, 1)
            if boxes or any(names(box.phrase, noun) for box in layout.boxes):
                continue
        if not boxes and wanted == 1 and any(names(box.phrase, noun) for box in layout.boxes):
            continue
        if len(boxes) < wanted:
            mention = _least_shown(mentions, boxes)
            yield _missing(mention, wanted, len(boxes), caption, layout, with_places=with_places)
        elif len(boxes) > wanted:
            yield _too_many(noun, wanted, boxes, mentions, len(boxes), layout)


def _is_nowhere(mention: Mention, layout: Layout) -> bool:
    """Whether what a thing stands on ("on a table") has neither a box nor a word in the background prompt."""
    texts = (layout.background_prompt, *(box.phrase for box in layout.boxes))
    is_thing = mention.noun in PLACE_NOUNS - SCENERY and mention.count == 1
    return is_thing and not any(names(text, mention.noun) for text in texts)


def _least_shown(mentions: list[Mention], boxes: list[Box]) -> Mention:
    """Of "a red car and a blue car" the one of which the most boxes are missing."""

    def lack(mention: Mention) -> int:
        return (mention.count or 1) - sum(has_looks(box, demanded_attributes(mention)) for box in boxes)

    return max(mentions, key=lack)


def _too_many(noun: str, wanted: int, boxes: list[Box], mentions: list[Mention], has: int, layout: Layout) -> Violation:
    spare = _spare(boxes, mentions, has - wanted)
    title = f"Delete {len(spare)} of them" if len(spare) > 1 else "Delete one of them"
    return Violation(
        "count",
        f"There should be {wanted} × “{noun}”, but there are {has}.",
        f'need {wanted} boxes "{phrase_of(mentions[0])}", got {has}',
        tuple(box.id for box in boxes_named(noun, layout)),
        Fix(title, deleted=spare) if len(spare) == has - wanted else None,
    )


def _missing(
    mention: Mention, wanted: int, has: int, caption: Caption, layout: Layout, *, with_places: bool
) -> Violation:
    phrase = phrase_of(mention)
    alike = [box.rect for box in layout.boxes if head_of(box.phrase) == mention.noun]
    quarter = Rect(0, 0, layout.canvas.width // 4, layout.canvas.height // 4)
    size = min(alike, key=lambda rect: rect.width * rect.height, default=quarter)
    added: list[tuple[str, Rect]] = []
    filled = layout
    for _ in range(wanted - has if with_places else 0):
        rect = fitting_place(phrase, Size(size.width, size.height), caption, filled)
        added.append((phrase, rect))
        filled = replace(filled, boxes=(*filled.boxes, Box(f"+{len(added)}", phrase, rect, "#000000")))
    sentence = f"There should be {wanted} × “{mention.noun}”, but there are {has}."
    sentence = sentence if has else f"“{phrase}” has no box."
    return Violation(
        "count",
        sentence,
        f'need {wanted} boxes "{phrase}", got {has}',
        tuple(box.id for box in layout.boxes if head_of(box.phrase) == mention.noun),
        Fix(f"Add “{phrase}”", added=tuple(added)),
    )


def _attributes(mention: Mention, caption: Caption, layout: Layout) -> Iterable[Violation]:
    """As many boxes with the named looks as the caption wants."""
    looks = demanded_attributes(mention)
    boxes = boxes_named(mention.noun, layout, nouns_of(caption) - {mention.noun})
    if not looks or not boxes or mention.may_be_background:
        return
    wanted = max(mention.count or 1, 1)
    right = [box for box in boxes if has_looks(box, looks)]
    if len(right) >= min(wanted, len(boxes)):
        return
    others = [demanded_attributes(m) for m in caption.mentions if m is not mention and m.noun == mention.noun]
    wrong = [box for box in boxes if box not in right and not box.is_locked]
    free = [box for box in wrong if not any(has_looks(box, other) for other in others if other)]
    phrase = phrase_of(mention)
    renamed = tuple((box.id, phrase) for box in (free or wrong)[: wanted - len(right)])
    yield Violation(
        "attribute",
        f"No box says “{phrase}”." if not right else f"Only {len(right)} of {wanted} boxes say “{phrase}”.",
        f'a box must say "{phrase}"',
        tuple(box.id for box in free or boxes),
        Fix(f"Rename to “{phrase}”", renamed=renamed) if renamed else None,
    )


def _absent(absent: Absent, layout: Layout, *, wants_negative: bool) -> Iterable[Violation]:
    """What is forbidden: no box, not in the background, and named by the negative prompt."""
    boxes = [box for box in layout.boxes if says(box.phrase, absent.noun) and has_looks(box, absent.attributes)]
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
    if says(background, absent.noun) and says_all(background, absent.attributes):
        yield Violation(
            "negation",
            f"There should be no “{absent.words}”, but the background prompt names it.",
            f'bg must not name "{absent.words}"',
            (),
            Fix("Take it out of the background", background=_without(background, absent.noun)),
        )
    negative = layout.negative_prompt
    if wants_negative and not (names(negative, absent.noun) and says_all(negative, absent.attributes)):
        yield Violation(
            "negation",
            f"There should be no “{absent.words}”, but the negative prompt does not name it.",
            f'neg must name "{absent.words}"',
            (),
            Fix(f"Add “{absent.words}” to the negative prompt", negative=with_negative(layout, absent.words)),
        )


def _suppressed(caption: Caption, layout: Layout) -> Iterable[Violation]:
    """Things that have a box and are wanted, but that the negative prompt keeps away."""
    wanted = {mention.noun for mention in caption.mentions if not mention.may_be_background}
    items = [item.strip() for item in layout.negative_prompt.split(",") if item.strip()]
    for item in items:
        noun, looks = head_of(item), [word for word in words_of(item) if word in ADJECTIVES]
        boxes = [box for box in layout.boxes if head_of(box.phrase) == noun and has_looks(box, looks)]
        is_forbidden = any(absent.noun == noun and not absent.attributes for absent in caption.absent)
        if noun not in wanted or not boxes or is_forbidden or len(words_of(item)) > len(looks) + 2:
            continue
        rest = ", ".join(other for other in items if other != item)
        yield Violation(
            "negation",
            f"The negative prompt names “{item}”, which should be there.",
            f'neg must not name "{item}"',
            tuple(box.id for box in boxes),
            Fix(f"Take “{item}” out of the negative prompt", negative=rest),
        )


def _spare(boxes: list[Box], mentions: list[Mention], count: int) -> tuple[str, ...]:
    """Which boxes to delete: unlocked ones that no named look needs first, of those the last ones."""
    free = [box for box in reversed(boxes) if not box.is_locked]
    needs = [(demanded_attributes(mention), mention.count or 1) for mention in mentions]
    spare: list[str] = []
    for _ in range(min(count, len(free))):
        left = [box for box in free if box.id not in spare]

        def need(box: Box, left: list[Box] = left) -> bool:
            """Whether its looks would be missed."""
            own = [(looks, number) for looks, number in needs if looks and has_looks(box, looks)]
            return any(sum(has_looks(other, looks) for other in left) <= number for looks, number in own)

        spare.append(min(left, key=need).id)
    return tuple(spare)


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
