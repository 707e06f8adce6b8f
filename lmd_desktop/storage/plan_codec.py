"""What a plan turn records beyond its layout, as JSON and back: other answers, repairs, violations with their fixes."""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.scene import Plan
from lmd_desktop.domain.violations import Fix, Violation, ViolationKind
from lmd_desktop.storage.reading import Fields, FormatError, JsonObject, short

FARTHEST_PIXEL = 1_000_000


def encode_review(plan: Plan) -> JsonObject:
    """Only what there is: most plans have little of it."""
    lists: JsonObject = {
        "answers": list(plan.answers),
        "repairs": list(plan.repairs),
        "asked_again": list(plan.asked_again),
        "violations": [_encode_violation(violation) for violation in plan.violations],
        "undecided": list(plan.undecided),
    }
    return {name: value for name, value in lists.items() if value}


def with_review(plan: Plan, fields: Fields) -> Plan:
    """The plan with what ``encode_review`` wrote; files from before it have none of it."""

    def texts(name: str) -> tuple[str, ...]:
        return fields.texts(name) if fields.has(name) else ()

    violations = fields.children("violations", "violation") if fields.has("violations") else []
    return replace(
        plan,
        answers=texts("answers"),
        repairs=texts("repairs"),
        asked_again=texts("asked_again"),
        violations=tuple(_decode_violation(violation) for violation in violations),
        undecided=texts("undecided"),
    )


def _encode_violation(violation: Violation) -> JsonObject:
    value: JsonObject = {
        "kind": violation.kind,
        "sentence": violation.sentence,
        "demand": violation.demand,
        "boxes": list(violation.boxes),
    }
    return value | ({"fix": _encode_fix(violation.fix)} if violation.fix is not None else {})


def _decode_violation(fields: Fields) -> Violation:
    kind = fields.text("kind")
    if kind not in get_args(ViolationKind):
        raise FormatError(f"{fields.where}: “{short(kind)}” is no kind of violation that this version knows")
    return Violation(
        cast(ViolationKind, kind),
        fields.text("sentence"),
        fields.text("demand"),
        fields.texts("boxes"),
        _decode_fix(fields.child("fix")) if fields.has("fix") else None,
    )


def _encode_fix(fix: Fix) -> JsonObject:
    return {
        "title": fix.title,
        "renamed": [{"box": box_id, "phrase": phrase} for box_id, phrase in fix.renamed],
        "placed": [{"box": box_id} | _encode_rect(rect) for box_id, rect in fix.placed],
        "deleted": list(fix.deleted),
        "added": [{"phrase": phrase} | _encode_rect(rect) for phrase, rect in fix.added],
        "background": fix.background,
        "negative": fix.negative,
    }


def _decode_fix(fields: Fields) -> Fix:
    return Fix(
        fields.text("title"),
        tuple((item.text("box"), item.text("phrase")) for item in fields.children("renamed", "box")),
        tuple((item.text("box"), _decode_rect(item)) for item in fields.children("placed", "box")),
        fields.texts("deleted"),
        tuple((item.text("phrase"), _decode_rect(item)) for item in fields.children("added", "box")),
        fields.optional_text("background"),
        fields.optional_text("negative"),
    )


def _encode_rect(rect: Rect) -> JsonObject:
    return {"x": rect.x, "y": rect.y, "width": rect.width, "height": rect.height}


def _decode_rect(fields: Fields) -> Rect:
    x, y, width, height = (
        fields.whole(name, minimum=-FARTHEST_PIXEL, maximum=FARTHEST_PIXEL) for name in ("x", "y", "width", "height")
    )
    return Rect(x, y, width, height)
