"""LMD: boxes painted alone and remembered, put into their boxes, and held and guided there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Layout, Rect, Size
from lmd_desktop.domain.painter import PainterParts
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering import per_box
from lmd_desktop.rendering.attention import AttentionRecorder, choose_guided_layers
from lmd_desktop.rendering.attention_guide import AttentionGuide, Guidance
from lmd_desktop.rendering.box_cache import BoxCache, BoxMemory, PaintedAlone
from lmd_desktop.rendering.denoise import denoise, overall_task
from lmd_desktop.rendering.method import Step, read_parameters
from lmd_desktop.rendering.methods import lmd, lmd_plus
from lmd_desktop.rendering.methods.lmd import Lmd
from lmd_desktop.rendering.methods.lmd_plus import LmdPlus
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.pipeline import Pipeline, load_pipeline
from lmd_desktop.rendering.renderer import Renderer
from lmd_desktop.rendering.run import Run, prepare_run
from tests.rendering.alone import GUIDED, SETTINGS, painted_alone
from tests.rendering.conftest import box
from tests.rendering.tiny_segmenter import save_tiny_segmenter

Make = Callable[..., RenderRequest]
LatentsOf = Callable[..., torch.Tensor]
ALONE = Guidance(guided_ratio=1.0, iterations=4, loss_scale=2.0, threshold=0.0, stops_for_good=False)


def remembered(
    pipeline: Pipeline, request: RenderRequest, memory: BoxMemory, method: type[Lmd] = Lmd
) -> tuple[torch.Tensor, int]:
    """The latents of a request with a memory, and how often the UNet was called."""
    monitor = Monitor(lambda: None, lambda *_: None, None)
    parameters = read_parameters(method.spec, request)
    with torch.no_grad():
        run = prepare_run(pipeline, request, parameters=parameters, monitor=monitor, memory=memory)
        painter = method(run)
        return denoise(overall_task(run, painter.start()), painter), monitor.unet_calls


def moved(layout: Layout, x: int, y: int) -> Layout:
    """The first box elsewhere."""
    first, *others = layout.boxes
    rect = Rect(x, y, first.rect.width, first.rect.height)
    return replace(layout, boxes=(replace(first, rect=rect), *others))


def same(one: PaintedAlone, other: PaintedAlone) -> bool:
    maps = all(torch.allclose(one.maps[name], other.maps[name], atol=1e-4) for name in one.maps)
    return torch.allclose(one.latents, other.latents, atol=1e-4) and maps and bool(one.maps)


def test_boxes_side_by_side_come_out_as_one_by_one(
    pipeline: Pipeline, request_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, together = painted_alone(pipeline, request_for())
    monkeypatch.setattr(per_box, "CELLS_AT_ONCE", 1)
    _, alone = painted_alone(pipeline, request_for())
    assert len(together) == 2
    assert all(same(one, other) for one, other in zip(together, alone, strict=True))


def test_a_box_alone_does_not_change_when_another_is_added(
    pipeline: Pipeline, request_for: Make, layout: Layout
) -> None:
    """Also if the other's texts are so long that they are read in several pieces."""
    more = replace(layout, boxes=(box("7", "a dog", (0, 0, 100, 100), negative="cats " * 30), *layout.boxes))
    _, before = painted_alone(pipeline, request_for())
    _, after = painted_alone(pipeline, request_for(layout=more))
    assert all(same(one, other) for one, other in zip(before, after[1:], strict=True))


def test_boxes_are_painted_alone_for_no_longer_than_needed(pipeline: Pipeline, request_for: Make) -> None:
    _, painted = painted_alone(pipeline, request_for())
    assert [one.latents.shape for one in painted] == [(3, 4, 16, 16)] * 2
    assert {len(maps) for one in painted for maps in one.maps.values()} == {2}


def test_guidance_pulls_attention_into_a_box_alone(pipeline: Pipeline, request_for: Make) -> None:
    """The share of the attention to the word that lies inside the box."""

    def inside(guidance: Guidance | None) -> float:
        settings = replace(SETTINGS, guidance=guidance, grounding_ratio=0.0)
        planned, painted = painted_alone(pipeline, request_for(), settings=settings)
        shares: list[float] = []
        for alone, picture in zip(planned, painted, strict=True):
            maps = torch.stack([maps.mean(dim=(0, 1)) for maps in picture.maps.values() if maps.shape[-1] == 256])
            mask = per_box.box_mask(alone.bounds, (16, 16), maps.device).flatten()
            shares.append(float((maps.mean(dim=0) * mask).sum() / maps.mean(dim=0).sum()))
        return sum(shares)

    assert inside(ALONE) > inside(None)


def test_guidance_lowers_the_loss_of_the_whole_picture(pipeline: Pipeline, request_for: Make) -> None:
    request = request_for(method="lmd", parameters=(("threshold", 0.0), ("iterations", 8), ("loss_scale", 1.0)))
    monitor = Monitor(lambda: None, lambda *_: None, None)
    with torch.no_grad():
        run = prepare_run(pipeline, request, parameters=read_parameters(Lmd.spec, request), monitor=monitor)
        method = Lmd(run)
        latents = method.start()
        scheduler = pipeline.new_scheduler(4)
        step = Step(0, 4, scheduler.timesteps[0], latents, scheduler)
        with method.patches():
            after = method.before_step(step)
            losses = [loss_of(method, run, replace(step, latents=one)) for one in (latents, after)]
    assert losses[1] < losses[0]


def loss_of(method: Lmd, run: Run, step: Step) -> float:
    """The method's own loss at some latents, reference maps included."""
    from lmd_desktop.rendering.gradient import evaluate_loss

    recorder = AttentionRecorder(run.pipeline.unet, choose_guided_layers(run.pipeline.unet, run.grid))
    with recorder.installed():
        value, _ = evaluate_loss(run, step, step.latents, recorder=recorder, loss=lambda maps: method.loss(maps, 0))
    return float(value)


@pytest.mark.parametrize("stops_for_good", [True, False])
def test_a_picture_below_the_threshold_stays_where_it_is(
    pipeline: Pipeline, request_for: Make, *, stops_for_good: bool
) -> None:
    """Of two pictures the second is satisfied in the first step, and not in the next."""
    request = request_for()
    monitor = Monitor(lambda: None, lambda *_: None, None)
    run = prepare_run(pipeline, request, parameters=read_parameters(LmdPlus.spec, request), monitor=monitor)
    recorder = AttentionRecorder(pipeline.unet, choose_guided_layers(pipeline.unet, run.grid))
    guidance = replace(GUIDED, guided_ratio=1.0, threshold=0.5, stops_for_good=stops_for_good)
    guide = AttentionGuide(run, recorder, guidance, embeds=run.prompt_embeds.repeat(2, 1, 1))
    scheduler = pipeline.new_scheduler(4)
    latents = torch.cat([run.noise(), run.noise()])
    weights = [torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.0])]

    def losses(maps: Mapping[str, torch.Tensor]) -> torch.Tensor:
        attention = torch.stack([batch.square().sum(dim=(1, 2, 3)) for batch in maps.values()]).sum(dim=0)
        return weights[0] * (1.0 + attention)

    has_moved: list[list[bool]] = []
    with torch.no_grad(), recorder.installed():
        for index in range(2):
            step = Step(index, 4, scheduler.timesteps[index], latents, scheduler)
            after = guide.moved(step, losses=losses, grounding=None)
            has_moved.append([not torch.equal(*pair) for pair in zip(latents, after, strict=True)])
            weights.pop(0)
    assert has_moved == [[True, False], [True, not stops_for_good]]


@pytest.mark.parametrize("method", [Lmd, LmdPlus])
def test_a_moved_box_is_not_painted_again_and_the_picture_is_the_same(
    pipeline: Pipeline, request_for: Make, layout: Layout, method: type[Lmd]
) -> None:
    memory = BoxMemory(BoxCache(), ())
    remembered(pipeline, request_for(), memory, method)
    request = request_for(layout=moved(layout, 37, 101))
    again = memory.again()
    found, calls = remembered(pipeline, request, again, method)
    fresh = memory.again()
    fresh.cache.clear()
    expected, all_calls = remembered(pipeline, request, fresh, method)
    assert calls < all_calls
    assert (uses(again), uses(fresh)) == ((2, 0), (0, 2))
    assert torch.allclose(found, expected, atol=1e-4)
    assert not torch.allclose(found, remembered(pipeline, request_for(), again, method)[0], atol=1e-2)


def uses(memory: BoxMemory) -> tuple[int, int]:
    use = memory.use()
    assert use is not None
    return use.found, use.painted


CHANGES: dict[str, tuple[dict[str, object], int]] = {
    # What is changed, and how many of the two boxes have to be painted again.
    "nothing": ({}, 0),
    "the picture's prompt": ({"prompt": "a red car and a blue cup"}, 0),
    "the picture's seed": ({"seed": 6}, 2),
    "the steps": ({"num_inference_steps": 5}, 2),
    "the guidance scale": ({"guidance_scale": 6.0}, 2),
    "the size": ({"size": Size(128, 192)}, 2),
    "the frozen steps, fewer": ({"parameters": (("frozen_ratio", 0.3),)}, 0),
    "the frozen steps, more": ({"parameters": (("frozen_ratio", 0.8),)}, 2),
    "the mask": ({"parameters": (("mask", "box"), ("align", "box"))}, 0),
    "the own noise": ({"parameters": (("own_noise", 0.2),)}, 2),
    "the guidance": ({"parameters": (("iterations", 2),)}, 2),
    "the weight of the shapes": ({"parameters": (("reference_weight", 1.0),)}, 0),
    "the place": ({"parameters": (("in_one_place", False),)}, 2),
}
BOX_CHANGES: dict[str, tuple[dict[str, object], int]] = {
    "one box's seed": ({"seed": 9}, 1),
    "one box's negative": ({"negative": "blue"}, 1),
    "one box's phrase": ({"phrase": "a red bus"}, 1),
    "one box's size": ({"rect": Rect(32, 288, 224, 128)}, 1),
    "one box's place": ({"rect": Rect(300, 10, 192, 128)}, 0),
    "one box's strength": ({"strength": 0.5}, 1),
}


@pytest.mark.parametrize("name", [*CHANGES, *BOX_CHANGES, "the background", "one box more"])
def test_boxes_are_painted_again_exactly_when_they_must(
    pipeline: Pipeline, request_for: Make, layout: Layout, name: str
) -> None:
    base = (("align", "thing"),)
    if name in CHANGES:
        changes, expected = CHANGES[name]
        after = request_for(method="lmd", **changes)
    elif name in BOX_CHANGES:
        changes, expected = BOX_CHANGES[name]
        first, second = layout.boxes
        after = request_for(method="lmd", layout=replace(layout, boxes=(replace(first, **changes), second)))  # type: ignore[arg-type]
    elif name == "the background":
        after, expected = request_for(method="lmd", layout=replace(layout, background_prompt="a road")), 2
    else:
        more = (box("9", "a dog", (0, 0, 64, 64)), *layout.boxes)
        after, expected = request_for(method="lmd", layout=replace(layout, boxes=more)), 1
    memory = BoxMemory(BoxCache(), ())
    start_only(pipeline, request_for(method="lmd", parameters=base), memory)
    again = memory.again()
    start_only(pipeline, after, again)
    assert uses(again)[1] == expected


def start_only(pipeline: Pipeline, request: RenderRequest, memory: BoxMemory) -> None:
    """Everything before the overall loop."""
    monitor = Monitor(lambda: None, lambda *_: None, None)
    parameters = read_parameters(Lmd.spec, request)
    with torch.no_grad():
        Lmd(prepare_run(pipeline, request, parameters=parameters, monitor=monitor, memory=memory)).start()


def test_without_grounding_layers_it_paints_with_any_painter(
    plain_folder: Path, request_for: Make, layout: Layout, latents_of: LatentsOf
) -> None:
    painter = load_pipeline(plain_folder, device="cpu")
    twins = (*layout.boxes, box("3", "a red car", (0, 0, 8, 8)), box("4", "a red car", (200, 200, 200, 200)))
    for boxes in ((), layout.boxes, twins):
        request = request_for(layout=replace(layout, boxes=boxes), method="lmd", size=Size(128, 192))
        latents = latents_of(painter, request, Lmd)
        assert latents.shape == (1, 4, 24, 16)
        assert latents.isfinite().all()
        assert torch.equal(latents, latents_of(painter, request, Plain)) == (not boxes)


@pytest.mark.parametrize("method", ["lmd", "lmd_plus"])
def test_the_published_values_paint_with_segment_anything(
    gated_folder: Path, request_for: Make, tmp_path: Path, method: str
) -> None:
    values = lmd.AS_PUBLISHED if method == "lmd" else lmd_plus.AS_PUBLISHED
    request = request_for(method=method, parameters=tuple(values.items()), num_inference_steps=2)
    quiet = {"check": lambda: None, "on_progress": lambda *_: None, "on_preview": None}
    parts = PainterParts(segmenter=save_tiny_segmenter(tmp_path / "sam"))
    renderer = Renderer(gated_folder, device="cpu", parts=parts)
    first, again = (renderer.render(request, **quiet) for _ in range(2))  # type: ignore[arg-type]
    assert first.rgb == again.rgb
    assert again.box_cache is not None
    assert (again.box_cache.found, again.box_cache.entries) == (2, 2)
    attention = tuple((name, value) for name, value in values.items() if name != "mask")
    assert renderer.render(replace(request, parameters=attention), **quiet).rgb != first.rgb  # type: ignore[arg-type]


def test_segment_anything_looks_at_what_the_box_will_be(pipeline: Pipeline, request_for: Make, tmp_path: Path) -> None:
    """Boxes are not painted to their end for it; its masks are remembered with them."""
    from lmd_desktop.rendering.segmenting import load_segmenter

    segmenter = load_segmenter(save_tiny_segmenter(tmp_path / "sam"), pipeline.device)
    chosen = {"mask": "sam", "iterations": 0, "frozen_ratio": 0.5}
    request = request_for(method="lmd", parameters=tuple(chosen.items()))
    memory, calls = BoxMemory(BoxCache(), ()), []
    for _ in range(2):
        monitor = Monitor(lambda: None, lambda *_: None, None)
        run = prepare_run(
            pipeline,
            request,
            parameters=read_parameters(Lmd.spec, request),
            monitor=monitor,
            memory=memory,
            segmenter=lambda: segmenter,
        )
        with torch.no_grad():
            Lmd(run).start()
        calls.append(monitor.unet_calls)
    assert calls == [2 + 2, 0]  # two steps side by side, and one look ahead for each of two boxes


def test_without_a_segmenter_the_person_is_told(renderer: Renderer, request_for: Make) -> None:
    request = request_for(method="lmd", parameters=(("mask", "sam"),), num_inference_steps=2)
    with pytest.raises(UserError, match="No Segment Anything model"):
        renderer.render(request, check=lambda: None, on_progress=lambda *_: None, on_preview=None)


@pytest.mark.parametrize("stage", ["per_box", "denoise"])
def test_nothing_stays_patched_after_a_cancel_in_either_stage(
    renderer: Renderer, gated_folder: Path, request_for: Make, stage: str
) -> None:
    unet = renderer._pipeline.unet  # pyright: ignore[reportPrivateUsage]
    before = dict(unet.attn_processors)

    class Stopped(Exception):
        pass

    def stop(*report: object) -> None:
        if report[0] == stage and report[1]:
            raise Stopped

    with pytest.raises(Stopped):
        renderer.render(request_for(method="lmd", seed=71), check=lambda: None, on_progress=stop, on_preview=None)
    assert unet.attn_processors == before
    renderer.render(request_for(method="lmd"), check=lambda: None, on_progress=lambda *_: None, on_preview=None)
    assert unet.attn_processors == before
