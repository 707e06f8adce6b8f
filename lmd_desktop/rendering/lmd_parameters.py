"""The parameters that LMD and LMD+ share, with the values of the published code for each of the two."""

from __future__ import annotations

from collections.abc import Mapping

from lmd_desktop.domain.requests import Parameter, ParameterValue
from lmd_desktop.rendering.gradient import EQUAL_THINGS

# The reference implementation of the paper (Lian et al., TMLR 2024). The defaults are what we hold to be better; on the
# starter painter a weight of 4 makes attention to a thing vanish instead of moving it into its box.
AS_PUBLISHED: Mapping[str, ParameterValue] = {
    "mask": "sam",
    "paints_to_end": True,
    "align_by": "coarse",
    "drops_strays": False,
    "frozen_ratio": 0.5,
    "guided_ratio": 0.6,
    "iterations": 4,
    "loss_scale": 5.0,
    "stops_for_good": True,
    "background_weight": 4.0,
    "equal_things": "together",
}


def box_parameters(
    *, own_noise: float, frozen_ratio: float, align: str, sam_prompt: str, guides_alone: bool
) -> tuple[Parameter, ...]:
    """How boxes are painted alone, cut out and put into the picture."""
    return (
        Parameter(
            name="per_box",
            title="Paint boxes alone first",
            summary="Gives every box a thing of its own, which the whole picture then keeps.",
            kind="bool",
            default=True,
        ),
        Parameter(
            name="in_one_place",
            title="Alone in the same place",
            summary="Paints every box alone at one place, whatever its own: a box that was moved is not painted again.",
            kind="bool",
            default=True,
        ),
        Parameter(
            name="guides_alone",
            title="Guide boxes alone",
            summary="Whether attention is pulled into the box also while a box is painted alone.",
            kind="bool",
            default=guides_alone,
        ),
        Parameter(
            name="own_noise",
            title="Own noise of a box",
            summary="How far the noise of a box differs from the background's; 0 makes all boxes share it.",
            kind="float",
            default=own_noise,
            maximum=1.0,
        ),
        Parameter(
            name="mask",
            title="Cut out by",
            summary="What is kept: where attention sees the thing, what Segment Anything cuts out, or the box.",
            kind="choice",
            default="attention",
            choices=("attention", "sam", "box"),
        ),
        Parameter(
            name="sam_prompt",
            title="Show Segment Anything",
            summary="The point where attention is the strongest, or the box.",
            kind="choice",
            default=sam_prompt,
            choices=("point", "box"),
        ),
        Parameter(
            name="paints_to_end",
            title="Finish boxes alone",
            summary="Paints boxes alone for all steps, as the published code does for Segment Anything; slow.",
            kind="bool",
            default=False,
        ),
        Parameter(
            name="align",
            title="Put into the box",
            summary="The middle of the thing into the middle of its box, or the box as it was painted.",
            kind="choice",
            default=align,
            choices=("thing", "box"),
        ),
        Parameter(
            name="align_by",
            title="Align by cells of",
            summary="How exactly a thing is put into the middle: to a cell of the picture, or of the coarsest layer.",
            kind="choice",
            default="picture",
            choices=("picture", "coarse"),
        ),
        Parameter(
            name="drops_strays",
            title="Leave out strays",
            summary="A thing that came out beside its box is not pasted; guidance has to place it then.",
            kind="bool",
            default=True,
        ),
        Parameter(
            name="frozen_ratio",
            title="Frozen steps",
            summary="Share of the steps in which the things from the boxes are pasted in; lower blends better.",
            kind="float",
            default=frozen_ratio,
            maximum=1.0,
        ),
    )


def guidance_parameters(*, guided_ratio: float, iterations: int) -> tuple[Parameter, ...]:
    """How attention is pulled into the boxes."""
    return (
        Parameter(
            name="guided_ratio",
            title="Guided steps",
            summary="Share of the steps in which attention is pulled into the boxes.",
            kind="float",
            default=guided_ratio,
            maximum=1.0,
        ),
        Parameter(
            name="iterations",
            title="Iterations",
            summary="Guidance iterations in each of the first steps; later steps take fewer.",
            kind="int",
            default=iterations,
            maximum=20.0,
        ),
        Parameter(
            name="loss_scale",
            title="Guidance strength",
            summary="How far one iteration moves the picture.",
            kind="float",
            default=10.0,
            maximum=100.0,
        ),
        Parameter(
            name="threshold",
            title="Stop below",
            summary="Guidance of a picture stops once its loss is below this.",
            kind="float",
            default=5.0,
            maximum=40.0,
        ),
        Parameter(
            name="stops_for_good",
            title="Stop for good",
            summary="Never looks at the loss again after it was once low enough, also if it rises in a later step.",
            kind="bool",
            default=False,
        ),
        Parameter(
            name="background_weight",
            title="Weight outside",
            summary="How much attention outside of the boxes counts against that inside.",
            kind="float",
            default=1.0,
            maximum=20.0,
        ),
        Parameter(
            name="reference_weight",
            title="Weight of the shapes",
            summary="How much the attention to a thing should look as it did when the thing was alone.",
            kind="float",
            default=2.0,
            maximum=20.0,
        ),
        EQUAL_THINGS,
    )
