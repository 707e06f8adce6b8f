"""Brings the documents of older scene files to the present form: a pure function and a golden file per old version."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from lmd_desktop.storage.reading import JsonObject

Documents = dict[str, object]


def from_1_0(documents: Documents) -> Documents:
    """Minor 1 says which sampler is meant; before, every picture was painted with the painter's own."""
    return documents | {
        "scene.json": _changed(documents.get("scene.json"), "render_settings", _with_sampler),
        "renders.json": _changed(documents.get("renders.json"), "renders", _with_sampled_requests),
    }


def from_1_1(documents: Documents) -> Documents:
    """Minor 2 keeps what a judge said of each box; before, no picture was marked."""
    return documents | {"renders.json": _changed(documents.get("renders.json"), "renders", _unmarked)}


def from_1_2(documents: Documents) -> Documents:
    """Minor 3 says which boxes are grouped; before, none was."""
    return documents | {
        "scene.json": _changed(documents.get("scene.json"), "start", _ungrouped),
        "dialog.json": _changed(documents.get("dialog.json"), "turns", _with_ungrouped_layouts),
        "renders.json": _changed(documents.get("renders.json"), "renders", _with_ungrouped_requests),
    }


MIGRATIONS: dict[tuple[int, int], Callable[[Documents], Documents]] = {
    (1, 0): from_1_0,
    (1, 1): from_1_1,
    (1, 2): from_1_2,
}


def migrated(documents: Documents, version: tuple[int, int]) -> Documents:
    """The parsed documents by name, as the present version writes them; ``version`` is the file's (format, minor)."""
    while version in MIGRATIONS:
        documents = MIGRATIONS[version](documents)
        version = (version[0], version[1] + 1)
    return documents


def _changed(value: object, key: str, change: Callable[[object], object]) -> object:
    """The object with one of its values changed; what is no such object stays, and reading tells it with its place."""
    if not isinstance(value, dict) or key not in value:
        return cast(object, value)
    document = cast(JsonObject, value)
    return document | {key: change(document[key])}


def _each(values: object, change: Callable[[object], object]) -> object:
    """The list with each of its values changed; what is no list stays."""
    return [change(value) for value in cast(list[object], values)] if isinstance(values, list) else values


def _with_sampled_requests(records: object) -> object:
    return _each(records, lambda record: _changed(record, "request", _with_sampler))


def _unmarked(records: object) -> object:
    return _each(records, lambda record: _with("marks", [], record))


def _with_ungrouped_layouts(turns: object) -> object:
    return _each(turns, _with_ungrouped_layout)


def _with_ungrouped_requests(records: object) -> object:
    return _each(records, lambda record: _changed(record, "request", _with_ungrouped_layout))


def _with_ungrouped_layout(holder: object) -> object:
    return _changed(holder, "layout", _ungrouped)


def _ungrouped(layout: object) -> object:
    return _changed(layout, "boxes", lambda boxes: _each(boxes, lambda box: _with("group", "", box)))


def _with_sampler(values: object) -> object:
    return _with("sampler", None, values)


def _with(key: str, default: object, values: object) -> object:
    return {key: default} | cast(JsonObject, values) if isinstance(values, dict) else values
