"""Turns layouts, dialogs and scenes into JSON objects and back; the key names are the file format."""

from __future__ import annotations

import re

from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import (
    Box,
    Layout,
    Rect,
    check_canvas,
    clean_line,
    clean_phrase,
    colour_for,
    repair_layout,
)
from lmd_desktop.domain.requests import MAX_SEED
from lmd_desktop.domain.scene import CanvasEdit, Dialog, Plan, Request, Scene, Turn
from lmd_desktop.storage.plan_codec import encode_review, with_review
from lmd_desktop.storage.reading import Fields, FormatError, JsonObject, short

FARTHEST_PIXEL = 1_000_000
MAX_GROUP_LENGTH = 40
UNNAMED = "unnamed"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def encode_layout(layout: Layout) -> JsonObject:
    return {
        "canvas": [layout.canvas.width, layout.canvas.height],
        "background_prompt": layout.background_prompt,
        "negative_prompt": layout.negative_prompt,
        "boxes": [_encode_box(box) for box in layout.boxes],
    }


def decode_layout(fields: Fields) -> Layout:
    """A layout with every box usable; what had to be repaired is said in ``fields.notes``."""
    canvas = fields.size("canvas")
    try:
        check_canvas(canvas)
    except UserError as error:
        raise FormatError(f"{fields.where}: {error}") from error
    layout = Layout(
        canvas,
        tuple(_decode_box(box, fields.notes) for box in fields.children("boxes", "box")),
        fields.text("background_prompt", ""),
        fields.text("negative_prompt", ""),
    )
    repaired, notes = repair_layout(layout)
    fields.notes += [note for note in notes if note not in fields.notes]
    return repaired


def encode_dialog(dialog: Dialog) -> JsonObject:
    return {"turns": [_encode_turn(turn) for turn in dialog.turns]}


def decode_dialog(fields: Fields, head: str | None) -> Dialog:
    """The tree of turns; a parent always stands before its children, so that no path can run in a circle."""
    turns: dict[str, Turn] = {}
    for item in fields.children("turns", "turn"):
        turn = _decode_turn(item)
        if turn.id in turns:
            raise FormatError(f"{item.where}: two turns have this id")
        if turn.parent is not None and turn.parent not in turns:
            raise FormatError(f"{item.where}: its parent “{short(turn.parent)}” does not stand before it")
        turns[turn.id] = turn
    if head is not None and head not in turns:
        raise FormatError(f"the head turn “{short(head)}” is not in {fields.where}")
    return Dialog(tuple(turns.values()), head)


def encode_scene(scene: Scene) -> JsonObject:
    """``scene.json`` without the render settings; the dialog is a document of its own."""
    canvas = scene.layout.canvas
    return {
        "canvas": [canvas.width, canvas.height],
        "head": scene.dialog.head,
        "start": encode_layout(scene.start),
    }


def decode_scene(fields: Fields, dialog: Fields) -> Scene:
    return Scene(decode_dialog(dialog, fields.optional_text("head")), decode_layout(fields.child("start")))


def _encode_box(box: Box) -> JsonObject:
    return {
        "id": box.id,
        "phrase": box.phrase,
        "x": box.rect.x,
        "y": box.rect.y,
        "width": box.rect.width,
        "height": box.rect.height,
        "colour": box.colour,
        "negative": box.negative,
        "strength": box.strength,
        "seed": box.seed,
        "group": box.group,
        "is_locked": box.is_locked,
        "is_hidden": box.is_hidden,
        "is_enabled": box.is_enabled,
    }


def _decode_box(fields: Fields, notes: list[str]) -> Box:
    def pixels(name: str) -> int:
        return fields.whole(name, minimum=-FARTHEST_PIXEL, maximum=FARTHEST_PIXEL)

    box_id = fields.text("id")
    phrase = clean_phrase(fields.text("phrase"))
    if not phrase:
        phrase = UNNAMED
        _note(notes, f"Box {box_id} had no phrase and was named “{UNNAMED}”.")
    rect = Rect(pixels("x"), pixels("y"), pixels("width"), pixels("height"))
    if rect.width <= 0 or rect.height <= 0:
        # repair_layout leaves such boxes out, because a planner that writes them means nothing; a person's box is kept.
        rect = Rect(rect.x, rect.y, max(rect.width, 1), max(rect.height, 1))
        _note(notes, f"“{phrase}” had no size and was given the smallest one.")
    colour = fields.text("colour", "")
    return Box(
        id=box_id,
        phrase=phrase,
        rect=rect,
        colour=colour if _COLOUR.fullmatch(colour) else colour_for(box_id),
        is_locked=fields.flag("is_locked", default=False),
        is_hidden=fields.flag("is_hidden", default=False),
        is_enabled=fields.flag("is_enabled", default=True),
        negative=fields.text("negative", ""),
        strength=fields.number("strength", 1.0, minimum=0.0, maximum=2.0),
        seed=fields.optional_whole("seed", minimum=0, maximum=MAX_SEED),
        group=clean_line(fields.text("group", ""), MAX_GROUP_LENGTH),
    )


def _encode_turn(turn: Turn) -> JsonObject:
    common: JsonObject = {"id": turn.id, "parent": turn.parent}
    layout: JsonObject = {"layout": encode_layout(turn.layout)}
    match turn:
        case Request():
            return common | {"kind": "request", "text": turn.text} | layout
        case Plan():
            answer: JsonObject = {
                "kind": "plan",
                "model": turn.model,
                "model_sha256": turn.model_sha256,
                "seed": turn.seed,
                "raw": turn.raw,
                "notes": list(turn.notes),
            }
            return common | answer | encode_review(turn) | layout
        case CanvasEdit():
            return common | {"kind": "canvas_edit", "text": turn.summary, "note": turn.note} | layout


def _decode_turn(fields: Fields) -> Turn:
    turn_id = fields.text("id")
    parent = fields.optional_text("parent")
    kind = fields.text("kind")
    layout = decode_layout(fields.child("layout"))
    match kind:
        case "request":
            return Request(turn_id, parent, fields.text("text"), layout)
        case "plan":
            plan = Plan(
                turn_id,
                parent,
                layout,
                fields.text("raw"),
                fields.text("model"),
                fields.text("model_sha256"),
                fields.whole("seed"),
                fields.texts("notes") if fields.has("notes") else (),
            )
            return with_review(plan, fields)
        case "canvas_edit":
            return CanvasEdit(turn_id, parent, layout, fields.text("text"), fields.text("note", ""))
        case _:
            raise FormatError(f"{fields.where}: “{short(kind)}” is no kind of turn that this version knows")


def _note(notes: list[str], sentence: str) -> None:
    if sentence not in notes:
        notes.append(sentence)
