"""The view of a scene as entries of its file: ``view.json`` and ``references/<sha256>`` with the backdrop.

Versions that do not know them keep them as they are; a damaged one costs the view and never the scene.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import cast

from lmd_desktop.domain.scene_view import FITS, GUIDES, Fit, Guide, SceneView
from lmd_desktop.storage.reading import Fields, FormatError, JsonObject, check_depth, dump_json, parse_json

VIEW = "view.json"
REFERENCES = "references/"
OUR_NAME = re.compile(REFERENCES + r"[0-9a-f]{64}(\.(png|jpg|webp))?")
SUFFIXES = ((b"\x89PNG", ".png"), (b"\xff\xd8", ".jpg"), (b"RIFF", ".webp"))

SMALLEST_ZOOM, LARGEST_ZOOM = 0.01, 100.0
FARTHEST = 100_000.0  # scene pixels

Entries = tuple[tuple[str, bytes], ...]


def with_view(entries: Iterable[tuple[str, bytes]], view: SceneView) -> Entries:
    """The entries with this view instead of the one that they hold."""
    # The hash of a large backdrop takes longer than a slider may: one that is there has its name.
    before = tuple(entries)
    others = tuple((name, data) for name, data in before if name != VIEW and not name.startswith(REFERENCES))
    if view == SceneView():
        return others
    document: JsonObject = {
        "fit": view.fit,
        "opacity": view.opacity,
        "guide": view.guide,
        "shows_attention": view.shows_attention,
        "place": list(view.place) if view.place is not None else None,
    }
    if not view.backdrop:
        return (*others, (VIEW, dump_json(document)))
    names = [name for name, data in before if data is view.backdrop]
    name = names[0] if names else _name_of(view.backdrop)
    return (*others, (VIEW, dump_json(document | {"backdrop": name})), (name, view.backdrop))


def view_of(entries: Iterable[tuple[str, bytes]]) -> SceneView:
    """The view that the entries hold; the usual one if there is none that can be read."""
    known = dict(entries)
    if VIEW not in known:
        return SceneView()
    try:
        fields = Fields(parse_json(known[VIEW], VIEW), VIEW, [])
        fits: dict[str, Fit] = {fit: fit for fit in FITS}
        guides: dict[str, Guide] = {guide: guide for guide in GUIDES}
        return SceneView(
            known.get(fields.text("backdrop", ""), b""),
            fits.get(fields.text("fit", ""), "fit"),
            fields.number("opacity", 0.5, minimum=0.0, maximum=1.0),
            guides.get(fields.text("guide", ""), "none"),
            fields.flag("shows_attention", default=False),
            _place_of(fields),
        )
    except FormatError:
        return SceneView()


def view_value(entries: Iterable[tuple[str, bytes]]) -> object:
    """``view.json`` as JSON for the journal, which holds no backdrop but its name; None if there is none."""
    data = next((data for name, data in entries if name == VIEW), None)
    try:
        return parse_json(data, VIEW) if data is not None else None
    except FormatError:
        return None


def with_view_value(
    entries: Iterable[tuple[str, bytes]], value: object, backdrop: Callable[[str], bytes | None]
) -> Entries:
    """The entries with what ``view_value`` gave; ``backdrop`` finds a picture by its sha256, or nothing."""
    before = dict(entries)
    others = tuple((name, data) for name, data in before.items() if name != VIEW and not name.startswith(REFERENCES))
    if not isinstance(value, dict):
        return others
    document = cast(JsonObject, value)
    try:
        check_depth(document, VIEW)
    except FormatError:
        return others
    name = document.get("backdrop")
    if not isinstance(name, str) or not OUR_NAME.fullmatch(name):
        return (*others, (VIEW, dump_json({key: kept for key, kept in document.items() if key != "backdrop"})))
    data = before.get(name) or backdrop(name.removeprefix(REFERENCES).partition(".")[0])
    if data is None:
        return (*others, (VIEW, dump_json({key: kept for key, kept in document.items() if key != "backdrop"})))
    return (*others, (VIEW, dump_json(document)), (name, data))


def _place_of(fields: Fields) -> tuple[float, float, float] | None:
    values = tuple(fields.items("place")) if fields.has("place") else ()
    if len(values) != 3:
        return None
    numbers = Fields({"zoom": values[0], "x": values[1], "y": values[2]}, f"{fields.where}, “place”", [])
    zoom = numbers.number("zoom", minimum=SMALLEST_ZOOM, maximum=LARGEST_ZOOM)
    x, y = (numbers.number(name, minimum=-FARTHEST, maximum=FARTHEST) for name in ("x", "y"))
    return zoom, x, y


def _name_of(data: bytes) -> str:
    suffix = next((suffix for start, suffix in SUFFIXES if data.startswith(start)), "")
    return f"{REFERENCES}{hashlib.sha256(data).hexdigest()}{suffix}"
