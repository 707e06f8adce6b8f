"""One scene with everything in it: a branch, locks, a box with its own seed, two pictures."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from lmd_desktop.domain.edits import lock_boxes, move_box, set_box_negative, set_box_seed, set_box_strength
from lmd_desktop.domain.layout import Box, Layout, Rect, Size, colour_for
from lmd_desktop.domain.requests import RenderRecord, RenderRequest, RenderSettings
from lmd_desktop.domain.scene import Scene, add_plan, add_request, edit_layout, go_to, set_note
from lmd_desktop.storage.png_metadata import write_png
from lmd_desktop.storage.scene_file import SceneContent

MODEL_SHA256 = "ab" * 32
PICTURE_SIZE = Size(16, 12)
RGB = bytes(range(256)) * 2 + bytes(64)


def sample_layout() -> Layout:
    boxes = (
        Box("1", "a red car", Rect(20, 200, 200, 150), colour_for("1")),
        Box("2", "a blue cup — 蓝色杯子 🍵", Rect(300, 220, 120, 120), colour_for("2"), is_hidden=True),
    )
    return Layout(Size(512, 384), boxes, "a wooden table", "cats")


def sample_scene() -> Scene:
    """Request, plan, hand edit with a note; then a branch from the plan, which is the head."""
    scene = add_request(Scene(), "a red car on the left of a blue cup, without cats")
    scene = add_plan(
        scene,
        sample_layout(),
        raw="box 1 a red car\n",
        model="starter",
        model_sha256=MODEL_SHA256,
        seed=7,
        notes=("n",),
    )
    moved = lock_boxes(move_box(scene.layout, "1", 40, 200), ["1"])
    scene = set_note(edit_layout(scene, moved), "t3", "nearer to the cup")
    tuned = set_box_strength(set_box_seed(set_box_negative(scene.layout_at("t2"), "2", "a jug"), "2", 99), "2", 1.5)
    return edit_layout(go_to(scene, "t2"), tuned)


def sample_record(turn: str = "t3", *, seed: int = 7) -> RenderRecord:
    request = RenderRequest(
        sample_scene().layout_at(turn), "lmd_plus", (("frozen_share", 0.5), ("fast", True)), 20, 5.0, seed, PICTURE_SIZE
    )
    return RenderRecord(
        sha256="",
        turn=turn,
        request=request,
        size=PICTURE_SIZE,
        prompt="a wooden table with a red car and a blue cup",
        negative_prompt="cats",
        model="painter-starter",
        model_sha256=MODEL_SHA256,
        device="cpu",
        seconds=(("per_box", 3.25), ("denoise", 6.5)),
        peak_mb=812.5,
        note="the best one",
        scheduler="DDIMScheduler",
    )


def sample_pictures() -> dict[str, bytes]:
    return {hashlib.sha256(data).hexdigest(): data for data, _ in _drawn()}


def sample_content() -> SceneContent:
    records = tuple(replace(record, sha256=hashlib.sha256(data).hexdigest()) for data, record in _drawn())
    settings = RenderSettings("gligen", (("scheduled_share", 0.3),), 30, 7.5, None, Size(128, 96), "a table")
    return SceneContent(sample_scene(), records, settings, created="2026-11-21T08:00:00+00:00")


def _drawn() -> list[tuple[bytes, RenderRecord]]:
    records = [sample_record(), sample_record("t2", seed=8)]
    return [(write_png(PICTURE_SIZE, RGB, record, sample_scene()), record) for record in records]
