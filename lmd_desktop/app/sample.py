"""The scene of a first run: a sentence that was asked, and the boxes that answer it."""

from __future__ import annotations

from lmd_desktop.domain.layout import Box, Layout, Rect, colour_for
from lmd_desktop.domain.scene import Scene, add_plan, add_request

REQUEST = "a red car on the left of a blue cup, without cats"


def sample_scene() -> Scene:
    """A dialog of one request and one plan."""
    asked = add_request(Scene(), REQUEST)
    layout = Layout(
        boxes=(
            Box("1", "a red car", Rect(40, 248, 216, 152), colour_for("1")),
            Box("2", "a blue cup", Rect(312, 264, 136, 136), colour_for("2")),
        ),
        background_prompt="a realistic photo of a scene",
        negative_prompt="cats",
    )
    return add_plan(asked, layout, raw="", model="example", model_sha256="", seed=0)
