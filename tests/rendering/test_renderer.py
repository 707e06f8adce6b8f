"""The renderer as the worker uses it: pictures, repeatability, cancel, progress, previews, refusals."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderTiny

from lmd_desktop.domain.errors import Cancelled, ExitCode, UserError
from lmd_desktop.domain.layout import Layout, Size
from lmd_desktop.domain.requests import ParameterValue, RenderRequest, RenderResult
from lmd_desktop.rendering import monitor as monitor_module
from lmd_desktop.rendering.devices import fitting_threads
from lmd_desktop.rendering.methods import all_methods
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.renderer import Renderer

Paint = Callable[[RenderRequest], RenderResult]
Make = Callable[..., RenderRequest]
METHODS = [method.spec.name for method in all_methods()]


@pytest.fixture
def watched(renderer: Renderer) -> Iterator[list[str]]:
    """Logs every forward of the UNet; checks afterwards that nothing stayed patched in it."""
    pipeline = renderer._pipeline  # pyright: ignore[reportPrivateUsage]
    before = state_of(pipeline)
    calls: list[str] = []
    handle = pipeline.unet.register_forward_pre_hook(lambda *_: calls.append("unet"))
    yield calls
    handle.remove()
    assert state_of(pipeline) == before


def state_of(pipeline: Pipeline) -> tuple[object, ...]:
    """What a method may change while it paints: processors, hooks, checkpointing, modes, gradients."""
    networks = (pipeline.unet, pipeline.vae, pipeline.text_encoder)
    modules = [module for network in networks for module in network.modules()]
    hooks = [
        (tuple(module._forward_hooks), tuple(module._forward_pre_hooks), tuple(module._backward_hooks))
        for module in modules
    ]
    weights = [(one.requires_grad, one.grad is None) for network in networks for one in network.parameters()]
    switches = [(module.training, getattr(module, "gradient_checkpointing", False)) for module in modules]
    return dict(pipeline.unet.attn_processors), hooks, weights, switches, torch.is_grad_enabled()


def guided(method: str) -> tuple[tuple[str, ParameterValue], ...]:
    """Guidance also in the few steps of a test, boxes kept apart, and memory saved where the method can."""
    wanted: dict[str, ParameterValue] = {"guided_ratio": 0.5, "iterations": 1, "bounded": True, "low_memory": True}
    spec = next(one.spec for one in all_methods() if one.spec.name == method)
    return tuple((name, value) for name, value in wanted.items() if name in {one.name for one in spec.parameters})


@pytest.mark.parametrize("method", METHODS)
def test_a_picture_comes_with_how_it_was_made(paint: Paint, request_for: Make, method: str) -> None:
    result = paint(request_for(method=method))
    assert result.size == Size(128, 128)
    assert len(result.rgb) == 128 * 128 * 3
    assert len(set(result.rgb)) > 10
    assert result.prompt == "a grass field with a red car, a blue cup"
    assert result.negative_prompt == "cats"
    stages = dict(result.seconds)
    painted_alone = ["per_box"] if method in ("lmd", "lmd_plus") else []
    assert [stage for stage in stages if stage != "compose"] == ["encode", *painted_alone, "denoise", "decode"]
    assert all(seconds > 0 for seconds in stages.values())
    assert result.peak_mb > 10
    assert result.device == "cpu"
    assert len(result.model_sha256) == 64
    assert result.notes == ()


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_paints_the_same_whatever_was_painted_before(
    renderer: Renderer, paint: Paint, request_for: Make, method: str
) -> None:
    request = request_for(method=method, parameters=guided(method))
    first = paint(request)
    paint(request_for(method="lmd_plus", seed=99))
    paint(request_for(method="backward_guidance", seed=98, parameters=(("guided_ratio", 0.5), ("iterations", 1))))
    paint(request_for(method="regional", seed=97, sampler="euler", size=Size(96, 64), parameters=(("bounded", True),)))
    renderer.render_seeds(
        request_for(method="plain", num_inference_steps=1),
        (96, 95),
        check=lambda: None,
        on_progress=lambda *_: None,
        on_preview=None,
        explains=True,
    )
    assert paint(request).rgb == first.rgb
    assert paint(replace(request, seed=6)).rgb != first.rgb


@pytest.mark.parametrize("method", METHODS)
def test_a_cancel_is_noticed_before_the_next_unet_call(
    renderer: Renderer, request_for: Make, watched: list[str], method: str
) -> None:
    def check() -> None:
        if len(watched) == 3:
            raise Cancelled

    request = request_for(method=method, parameters=guided(method))
    with pytest.raises(Cancelled):
        renderer.render(request, check=check, on_progress=lambda *_: None, on_preview=None)
    assert len(watched) == 3


@pytest.mark.parametrize("method", METHODS)
def test_nothing_stays_patched_after_success_and_after_an_error(
    renderer: Renderer, request_for: Make, watched: list[str], method: str
) -> None:
    def fail(*_: object) -> None:
        if len(watched) > 2:
            raise RuntimeError("the pipe broke")

    request = request_for(method=method, parameters=guided(method), seed=32)
    with pytest.raises(RuntimeError, match="the pipe broke"):
        renderer.render(request, check=lambda: None, on_progress=fail, on_preview=None)
    assert len(watched) > 2
    state = state_of(renderer._pipeline)  # pyright: ignore[reportPrivateUsage]
    renderer.render(request, check=lambda: None, on_progress=lambda *_: None, on_preview=None)
    assert state_of(renderer._pipeline) == state  # pyright: ignore[reportPrivateUsage]


def test_a_small_painter_paints_with_one_thread_and_gives_the_others_back(
    renderer: Renderer, request_for: Make
) -> None:
    before = torch.get_num_threads()
    seen: set[int] = set()
    torch.set_num_threads(2)
    try:
        renderer.render(
            request_for(method="plain"),
            check=lambda: None,
            on_progress=lambda *_: seen.add(torch.get_num_threads()),
            on_preview=None,
        )
        assert seen == {1}
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_large_painter_keeps_all_threads_and_so_does_a_graphics_card() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with fitting_threads(torch.device("cpu"), 860_000_000):
            assert torch.get_num_threads() == 2
        with fitting_threads(torch.device("cuda"), 1_000):
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_the_counter_tells_the_unet_calls(renderer: Renderer, request_for: Make, watched: list[str]) -> None:
    seen: list[tuple[str, int, int, int, float | None]] = []
    renderer.render(
        request_for(seed=31),  # no box of it is remembered
        check=lambda: None,
        on_progress=lambda *report: seen.append(report),  # pyright: ignore[reportArgumentType]
        on_preview=None,
    )
    assert seen[-1][0] == "decode"
    assert seen[-1][3] == len(watched)
    assert {stage for stage, *_ in seen} - {"compose"} == {"encode", "per_box", "denoise", "decode"}
    assert all(step <= total for _, step, total, *_ in seen)


def test_previews_are_small_pictures(renderer: Renderer, request_for: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor_module, "PREVIEW_INTERVAL_S", 0.0)
    previews: list[tuple[Size, bytes]] = []
    renderer.render(
        request_for(method="plain"),
        check=lambda: None,
        on_progress=lambda *_: None,
        on_preview=lambda size, rgb: previews.append((size, rgb)),
    )
    assert len(previews) == 4
    assert all(len(rgb) == size.width * size.height * 3 for size, rgb in previews)
    assert all(size == Size(96, 96) for size, _ in previews)


@pytest.mark.parametrize(("channels", "is_whole", "side"), [(4, True, 128), (4, False, 96), (8, True, 96)])
def test_a_tiny_decoder_beside_the_painter_makes_sharper_previews_if_it_fits(
    gated_folder: Path,
    request_for: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    channels: int,
    is_whole: bool,
    side: int,
) -> None:
    monkeypatch.setattr(monitor_module, "PREVIEW_INTERVAL_S", 0.0)
    painter = Path(shutil.copytree(gated_folder, tmp_path / "painter"))
    sizes = {"encoder_block_out_channels": (4,) * 4, "decoder_block_out_channels": (4,) * 4}
    AutoencoderTiny(latent_channels=channels, **sizes).save_pretrained(painter / "vae_tiny")
    if not is_whole:
        (painter / "vae_tiny" / "diffusion_pytorch_model.safetensors").write_bytes(b"cut off")
    previews: list[Size] = []
    renderer = Renderer(painter, device="cpu")
    result = renderer.render(
        request_for(method="plain"),
        check=lambda: None,
        on_progress=lambda *_: None,
        on_preview=lambda size, _: previews.append(size),
    )
    assert set(previews) == {Size(side, side)}
    assert result.model_sha256 == Renderer(gated_folder, device="cpu").sha256


def test_previews_come_at_most_eight_times_a_second(renderer: Renderer, request_for: Make) -> None:
    previews: list[Size] = []
    result = renderer.render(
        request_for(method="plain", num_inference_steps=30),
        check=lambda: None,
        on_progress=lambda *_: None,
        on_preview=lambda size, _: previews.append(size),
    )
    assert 1 <= len(previews) <= dict(result.seconds)["denoise"] * 8 + 1


def test_a_wide_canvas_gives_a_wide_picture(paint: Paint, request_for: Make, layout: Layout) -> None:
    wide = paint(request_for(layout=replace(layout, canvas=Size(1024, 512))))
    assert wide.size == Size(176, 96)
    assert len(wide.rgb) == 176 * 96 * 3


def test_an_odd_size_is_rounded_and_said(paint: Paint, request_for: Make) -> None:
    result = paint(request_for(method="plain", size=Size(100, 70)))
    assert result.size == Size(96, 64)
    assert "multiples of 16" in result.notes[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "magic"}, "no render method"),
        ({"parameters": (("speed", 1),)}, "no parameter “speed”"),
        ({"parameters": (("frozen_ratio", 1.5),)}, "a number from 0 to 1"),
        ({"parameters": (("iterations", 2.5),)}, "a number from 0 to 20"),
        ({"parameters": (("mask", "circle"),)}, "attention, sam, box"),
        ({"parameters": (("per_box", 1),)}, "yes, no"),
        ({"num_inference_steps": 0}, "0 steps"),
        ({"size": Size(8, 8)}, "canvas of 8×8"),
    ],
)
def test_impossible_requests_are_refused_in_words(
    paint: Paint, request_for: Make, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(UserError, match=words) as refused:
        paint(request_for(**changes))
    assert refused.value.exit_code == ExitCode.USAGE


def test_methods_that_need_grounding_layers_say_so(plain_folder: Path, request_for: Make) -> None:
    renderer = Renderer(plain_folder, device="cpu")
    assert renderer.can == ()
    with pytest.raises(UserError, match="needs a painter with GLIGEN layers") as refused:
        renderer.render(request_for(), check=lambda: None, on_progress=lambda *_: None, on_preview=None)
    assert "plain" in refused.value.next_step


def test_memory_that_runs_out_is_told(renderer: Renderer, request_for: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr("lmd_desktop.rendering.denoise.call_unet", refuse)
    with pytest.raises(UserError, match="not enough memory") as refused:
        renderer.render(request_for(), check=lambda: None, on_progress=lambda *_: None, on_preview=None)
    assert refused.value.exit_code == ExitCode.OUT_OF_MEMORY


def test_numbers_that_overflow_are_told(
    renderer: Renderer, pipeline: Pipeline, request_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "lmd_desktop.rendering.denoise.call_unet",
        lambda *arguments, **_: torch.full_like(arguments[1], float("nan")),
    )
    with pytest.raises(UserError, match="overflowed at step 1"):
        renderer.render(request_for(method="plain"), check=lambda: None, on_progress=lambda *_: None, on_preview=None)
