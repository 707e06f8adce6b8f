"""Turns render requests, settings and records into JSON objects and back; the key names are the file format."""

from __future__ import annotations

import re
from typing import cast

from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.domain.marks import MARKS, BoxMark
from lmd_desktop.domain.requests import MAX_SEED, ParameterValue, RenderRecord, RenderRequest, RenderSettings
from lmd_desktop.storage.codec import decode_layout, encode_layout
from lmd_desktop.storage.reading import Fields, FormatError, JsonObject, short

MAX_STEPS = 10_000
MAX_GUIDANCE_SCALE = 1000.0
MAX_SECONDS = 1e9
MAX_PEAK_MB = 1e9
MAX_MARKS = 10_000
MAX_SEEN = 2**20  # scene pixels
_SHA256 = re.compile(r"[0-9a-f]{64}")


def encode_settings(settings: RenderSettings) -> JsonObject:
    return _encode_common(settings)


def decode_settings(fields: Fields) -> RenderSettings:
    return RenderSettings(
        fields.text("method"),
        _decode_parameters(fields),
        fields.whole("num_inference_steps", minimum=1, maximum=MAX_STEPS),
        fields.number("guidance_scale", minimum=0.0, maximum=MAX_GUIDANCE_SCALE),
        fields.optional_whole("seed", minimum=0, maximum=MAX_SEED),
        fields.optional_size("size"),
        fields.optional_text("prompt"),
        fields.optional_text("sampler"),
    )


def encode_request(request: RenderRequest) -> JsonObject:
    return _encode_common(request) | {"layout": encode_layout(request.layout)}


def decode_request(fields: Fields) -> RenderRequest:
    return RenderRequest(
        decode_layout(fields.child("layout")),
        fields.text("method"),
        _decode_parameters(fields),
        fields.whole("num_inference_steps", minimum=1, maximum=MAX_STEPS),
        fields.number("guidance_scale", minimum=0.0, maximum=MAX_GUIDANCE_SCALE),
        fields.whole("seed"),
        fields.optional_size("size"),
        fields.optional_text("prompt"),
        fields.optional_text("sampler"),
    )


def encode_record(record: RenderRecord) -> JsonObject:
    return {
        "sha256": record.sha256,
        "turn": record.turn,
        "size": _encode_size(record.size),
        "prompt": record.prompt,
        "negative_prompt": record.negative_prompt,
        "model": record.model,
        "model_sha256": record.model_sha256,
        "device": record.device,
        "scheduler": record.scheduler,
        "seconds": [[stage, seconds] for stage, seconds in record.seconds],
        "peak_mb": record.peak_mb,
        "is_starred": record.is_starred,
        "note": record.note,
        "marks": [_encode_mark(mark) for mark in record.marks],
        "request": encode_request(record.request),
    }


def decode_record(fields: Fields) -> RenderRecord:
    sha256 = fields.text("sha256")
    if not _SHA256.fullmatch(sha256):
        raise FormatError(f"{fields.where}: “{short(sha256)}” is no sha256")
    return RenderRecord(
        sha256,
        fields.optional_text("turn"),
        decode_request(fields.child("request")),
        fields.size("size"),
        fields.text("prompt"),
        fields.text("negative_prompt"),
        fields.text("model"),
        fields.text("model_sha256"),
        fields.text("device"),
        _decode_seconds(fields),
        fields.number("peak_mb", 0.0, minimum=0.0, maximum=MAX_PEAK_MB),
        fields.flag("is_starred", default=False),
        fields.text("note", ""),
        fields.text("scheduler", ""),
        _decode_marks(fields),
    )


def _encode_common(values: RenderRequest | RenderSettings) -> JsonObject:
    return {
        "method": values.method,
        "parameters": dict(values.parameters),
        "num_inference_steps": values.num_inference_steps,
        "guidance_scale": values.guidance_scale,
        "seed": values.seed,
        "size": _encode_size(values.size) if values.size is not None else None,
        "prompt": values.prompt,
        "sampler": values.sampler,
    }


def _encode_size(size: Size) -> list[int]:
    return [size.width, size.height]


def _decode_parameters(fields: Fields) -> tuple[tuple[str, ParameterValue], ...]:
    inner = fields.child("parameters")
    for name in inner.names():
        if not isinstance(inner.value(name), bool | int | float | str):
            raise FormatError(f"{inner.where}: “{short(name)}” must be a number, a text, true or false")
    return tuple((name, cast(ParameterValue, inner.value(name))) for name in inner.names())


def _decode_seconds(fields: Fields) -> tuple[tuple[str, float], ...]:
    result: list[tuple[str, float]] = []
    for item in fields.items("seconds") if fields.has("seconds") else ():
        values = cast(list[object], item) if isinstance(item, list) else []
        if len(values) != 2:
            raise FormatError(f"{fields.where}: “seconds” must be a list of [stage, seconds]")
        pair = Fields({"stage": values[0], "seconds": values[1]}, f"{fields.where}, “seconds”", fields.notes)
        result.append((pair.text("stage"), pair.number("seconds", minimum=0.0, maximum=MAX_SECONDS)))
    return tuple(result)


def _encode_mark(mark: BoxMark) -> JsonObject:
    seen = mark.seen
    return {
        "box": mark.box_id,
        "phrase": mark.phrase,
        "mark": mark.mark,
        "score": mark.score,
        "seen": [seen.x, seen.y, seen.width, seen.height] if seen is not None else None,
    }


def _decode_marks(fields: Fields) -> tuple[BoxMark, ...]:
    marks: list[BoxMark] = []
    for one in fields.children("marks", "mark")[:MAX_MARKS] if fields.has("marks") else ():
        mark = one.text("mark")
        if mark not in MARKS:
            raise FormatError(f"{one.where}: “mark” must be one of {', '.join(MARKS)}")
        score = one.number("score", 0.0, minimum=0.0, maximum=1.0)
        marks.append(BoxMark(one.text("box"), one.text("phrase"), mark, score, _decode_seen(one)))
    return tuple(marks)


def _decode_seen(fields: Fields) -> Rect | None:
    if not fields.has("seen"):
        return None
    items = fields.items("seen")
    if len(items) != 4:
        raise FormatError(f"{fields.where}: “seen” must be [x, y, width, height]")
    names = ("x", "y", "width", "height")
    sides = Fields(dict(zip(names, items, strict=True)), f"{fields.where}, “seen”", fields.notes)
    return Rect(*(sides.whole(name, minimum=-MAX_SEEN, maximum=MAX_SEEN) for name in names))
