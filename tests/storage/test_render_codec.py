"""What a later version added to requests and records survives the way to JSON and back, and is missing in old files."""

from __future__ import annotations

import json
from dataclasses import replace

from storage_samples import sample_content, sample_record

from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.marks import BoxMark
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.storage.reading import Fields, JsonObject
from lmd_desktop.storage.render_codec import decode_record, decode_settings, encode_record, encode_settings


def through_json(values: JsonObject) -> Fields:
    return Fields(json.loads(json.dumps(values)), "renders", [])


def full_record() -> RenderRecord:
    record = replace(sample_record(), sha256="cd" * 32)
    marks = (BoxMark("1", "a red car", "found", 0.9, Rect(1, 2, 30, 40)), BoxMark("2", "a blue cup", "missing"))
    return replace(record, request=replace(record.request, sampler="euler"), marks=marks)


def test_a_record_keeps_everything() -> None:
    assert decode_record(through_json(encode_record(full_record()))) == full_record()


def test_settings_keep_the_sampler() -> None:
    settings = replace(sample_content().settings, sampler="unipc")
    assert decode_settings(through_json(encode_settings(settings))) == settings


def test_a_record_of_the_first_version_has_the_painters_own_sampler() -> None:
    values = encode_record(replace(sample_record(), sha256="cd" * 32))
    request = values["request"]
    assert isinstance(request, dict)
    del request["sampler"]
    del values["marks"]
    assert decode_record(through_json(values)) == replace(sample_record(), sha256="cd" * 32)
