"""Every method on hard layouts: no boxes, many, tiny, equal and covered ones, long texts, odd canvases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from lmd_desktop.domain.layout import Box, Layout, Size
from lmd_desktop.domain.requests import ParameterValue, RenderRequest
from lmd_desktop.rendering.denoise import denoise, overall_task
from lmd_desktop.rendering.method import Method
from lmd_desktop.rendering.methods import all_methods, multidiffusion
from lmd_desktop.rendering.methods.bounded import Bounded
from lmd_desktop.rendering.methods.gligen import Gligen
from lmd_desktop.rendering.methods.multidiffusion import MultiDiffusion
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.methods.regional import Regional
from lmd_desktop.rendering.pipeline import Pipeline
from tests.rendering.conftest import box
from tests.rendering.guided import prepare

Make = Callable[..., RenderRequest]
# Guidance, grounding and pasting also in the few steps of a test.
GUIDED: dict[str, ParameterValue] = {
    "guided_ratio": 1.0,
    "iterations": 1,
    "grounding_ratio": 1.0,
    "frozen_ratio": 0.5,
    "mask": "box",
    "drops_strays": False,
}
LONG = "a very long and winding road " * 6


def thirty() -> tuple[Box, ...]:
    """Overlapping, some of equal phrases, some smaller than a cell."""
    phrases = ("a red car", "a blue cup", "a red car", "a cat")
    sizes = ((180, 90), (60, 200), (8, 8), (300, 300), (16, 8))
    return tuple(
        box(str(index), phrases[index % 4], (37 * index % 210, 61 * index % 210, *sizes[index % 5]))
        for index in range(30)
    )


HARD = {
    "no boxes": (Layout(), None),
    "boxes alone": (Layout(boxes=(box("1", "a cat", (0, 0, 100, 512)),)), None),
    "thirty boxes": (Layout(Size(512, 512), thirty(), "a grass field"), None),
    "wide canvas": (Layout(Size(1024, 256), (box("1", "a cat", (900, 0, 124, 256)),), "a grass field"), None),
    "long texts": (
        Layout(boxes=(box("1", LONG, (0, 0, 99, 99)), box("2", "a cat", (9, 9, 9, 9))), background_prompt=LONG),
        None,
    ),
    "covered box": (Layout(boxes=(box("1", "a cat", (0, 0, 99, 99)), box("2", "a cup", (0, 0, 99, 99)))), None),
    "phrase not in the prompt": (Layout(boxes=(box("1", "a cat", (0, 0, 99, 99)),)), "a grass field"),
    "only weak boxes": (Layout(boxes=(box("1", "a cat", (0, 0, 99, 99), strength=0.0),)), None),
}


def guided(method: type[Method], **others: ParameterValue) -> tuple[tuple[str, ParameterValue], ...]:
    """Those of these parameters that the method has."""
    known = {parameter.name for parameter in method.spec.parameters}
    return tuple((name, value) for name, value in {**GUIDED, **others}.items() if name in known)


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("method", all_methods(), ids=lambda method: method.spec.name)
def test_hard_layouts_are_painted(
    pipeline: Pipeline, request_for: Make, latents_of: Callable[..., torch.Tensor], method: type[Method], name: str
) -> None:
    layout, prompt = HARD[name]
    request = request_for(method=method.spec.name, layout=layout, prompt=prompt, num_inference_steps=1)
    request = replace(request, parameters=guided(method, bounded=True))
    latents = latents_of(pipeline, request, method)
    assert torch.isfinite(latents).all()
    ratio = layout.canvas.width / layout.canvas.height
    assert latents.shape[-1] / latents.shape[-2] == pytest.approx(ratio, rel=0.2)


@pytest.mark.parametrize("method", [MultiDiffusion, Regional])
def test_what_could_not_be_painted_is_said(pipeline: Pipeline, request_for: Make, method: type[Method]) -> None:
    for name, said in (("covered box", "wholly covered"), ("long texts", "longer than the painter reads")):
        layout, _ = HARD[name]
        run, _ = prepare(pipeline, request_for(method=method.spec.name, layout=layout), method)
        with torch.no_grad():
            method(run)
        assert any(said in note for note in run.monitor.notes)


@pytest.mark.parametrize(("method", "calls"), [(MultiDiffusion, 8), (Regional, 2), (Bounded, 7)])
def test_the_calls_of_the_unet_are_those_that_were_promised(
    pipeline: Pipeline,
    request_for: Make,
    monkeypatch: pytest.MonkeyPatch,
    layout: Layout,
    method: type[Method],
    calls: int,
) -> None:
    """Two steps: a call per region with three boxes, one with regional prompts, five iterations in the first step."""
    monkeypatch.setattr(multidiffusion, "CELLS_AT_ONCE", 1)
    boxes = (*layout.boxes, box("3", "a cat", (0, 0, 128, 128)))
    request = request_for(method=method.spec.name, layout=replace(layout, boxes=boxes), num_inference_steps=2)
    request = replace(request, parameters=(("guided_ratio", 0.5),) if method is Bounded else ())
    run, called = prepare(pipeline, request, method)
    with torch.no_grad():
        painter = method(run)
        denoise(overall_task(run, painter.start()), painter)
    assert len(called) == calls


@pytest.mark.parametrize("method", [one for one in all_methods() if one is not Plain], ids=lambda one: one.spec.name)
@pytest.mark.parametrize("change", [{"negative": "rust"}, {"strength": 0.5}, {"strength": 2.0}, {"seed": 7}], ids=str)
def test_a_box_has_its_own_negative_prompt_strength_and_seed(
    pipeline: Pipeline,
    request_for: Make,
    latents_of: Callable[..., torch.Tensor],
    layout: Layout,
    method: type[Method],
    change: dict[str, object],
) -> None:
    if method is Gligen and change == {"strength": 2.0}:
        pytest.skip("grounding is on, off or between")
    request = request_for(method=method.spec.name, num_inference_steps=2, parameters=guided(method))
    first, second = layout.boxes
    changed = replace(layout, boxes=(replace(first, **change), second))  # pyright: ignore[reportArgumentType]
    before, after = (
        latents_of(pipeline, request, method),
        latents_of(pipeline, replace(request, layout=changed), method),
    )
    difference = (after - before).abs().amax(dim=(0, 1))
    assert difference[9:13, 1:7].max() > 1e-6  # where the box is; weights are random, effects small


JOINING = [method for method in all_methods() if method.joins_box_negatives]


@pytest.mark.parametrize("method", JOINING, ids=lambda method: method.spec.name)
def test_what_cannot_be_kept_out_of_a_box_alone_is_kept_out_of_the_picture_and_said(
    pipeline: Pipeline, request_for: Make, layout: Layout, method: type[Method]
) -> None:
    first, second = layout.boxes
    boxes = (replace(first, negative="rust"), replace(second, negative="dirt", strength=0.0))
    run, _ = prepare(pipeline, request_for(method=method.spec.name, layout=replace(layout, boxes=boxes)), method)
    assert run.negative_prompt == "rust, cats"
    assert any("counts for the whole picture" in note for note in run.monitor.notes)


@pytest.mark.parametrize("method", [MultiDiffusion, Regional])
def test_the_own_noise_of_a_box_moves_along_with_it(
    pipeline: Pipeline, request_for: Make, layout: Layout, method: type[Method]
) -> None:
    starts: list[torch.Tensor] = []
    for x in (32, 192):
        moved = box("1", "a red car", (x, 288, 192, 128), seed=7)
        request = request_for(method=method.spec.name, layout=replace(layout, boxes=(moved,)))
        run, _ = prepare(pipeline, request, method)
        with torch.no_grad():
            starts.append(method(run).start())
    assert torch.equal(starts[0][..., 9:13, 1:7], starts[1][..., 9:13, 6:12])
    assert torch.equal(starts[0][..., :9, :], starts[1][..., :9, :])
