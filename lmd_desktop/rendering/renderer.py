"""The renderer: a loaded painter that turns render requests into pictures."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Size, check_canvas
from lmd_desktop.domain.painter import PainterParts
from lmd_desktop.domain.requests import MAX_STEPS, RenderRequest, RenderResult
from lmd_desktop.rendering.box_cache import BoxCache, BoxMemory
from lmd_desktop.rendering.compiling import compile_repeated
from lmd_desktop.rendering.devices import fitting_threads, is_out_of_memory, peak_memory_mb, reset_peak_memory
from lmd_desktop.rendering.estimate import LearnedCosts
from lmd_desktop.rendering.explain import attention_of, draw
from lmd_desktop.rendering.interrupts import interruptible
from lmd_desktop.rendering.memory_levels import MemoryLevel
from lmd_desktop.rendering.memory_saving import save_memory
from lmd_desktop.rendering.method import Method, read_parameters
from lmd_desktop.rendering.methods import all_methods
from lmd_desktop.rendering.monitor import Monitor, OnPreview, OnProgress
from lmd_desktop.rendering.painting import paint, runs_of_seeds
from lmd_desktop.rendering.pipeline import AS_IT_IS, Pipeline, load_pipeline
from lmd_desktop.rendering.preview import decoded_preview, fit_preview_matrix, preview_picture
from lmd_desktop.rendering.run import prepare_run
from lmd_desktop.rendering.samplers import embeds_guidance, guidance_embedded, is_distilled, with_sampler
from lmd_desktop.rendering.segmenting import Segmenter, load_segmenter, no_segmenter

log = logging.getLogger(__name__)


class Renderer:
    """Holds one painter in memory; a picture depends on its request alone, not on what was painted before.

    What boxes looked like alone is remembered between pictures. Segment Anything is loaded once a method asks for it.
    """

    def __init__(
        self,
        model: Path,
        *,
        device: str = "auto",
        parts: PainterParts = AS_IT_IS,
        memory_level: int = 0,
    ) -> None:
        with _out_of_memory_told():
            self._pipeline: Pipeline = load_pipeline(
                model, device=device, parts=parts, memory_level=MemoryLevel(memory_level)
            )
            self._offloaded = save_memory(self._pipeline)
            if parts.compiles:
                compile_repeated(self._pipeline.unet)
        self._parameters = sum(parameter.numel() for parameter in self._pipeline.unet.parameters())
        self._preview_matrix: Tensor | None = None
        self._costs = LearnedCosts()
        self._box_cache = BoxCache()
        self._segmenter_folder = parts.segmenter
        self._segmenter: Segmenter | None = None
        self.name = self._pipeline.name
        self.sha256 = self._pipeline.sha256
        self.native_size = self._pipeline.native_size
        self.can = _abilities(self._pipeline)
        self.device = self._pipeline.device.type
        self.precision = str(self._pipeline.dtype).removeprefix("torch.")
        self.reason = self._pipeline.reason
        self.summary = _summary(self._pipeline)

    def render(
        self,
        request: RenderRequest,
        *,
        check: Callable[[], None],
        on_progress: OnProgress,
        on_preview: OnPreview | None,
    ) -> RenderResult:
        """Paints one picture; raises Cancelled from ``check`` and UserError for everything that can be told."""
        seeds = (request.seed,)
        return self.render_seeds(request, seeds, check=check, on_progress=on_progress, on_preview=on_preview)[0]

    def render_seeds(
        self,
        request: RenderRequest,
        seeds: Sequence[int],
        *,
        check: Callable[[], None],
        on_progress: OnProgress,
        on_preview: OnPreview | None,
        explains: bool = False,
    ) -> tuple[RenderResult, ...]:
        """The request with each of these seeds, side by side where the method can; as one by one but for rounding.

        The seconds of a batch are shared out equally. ``explains`` adds sheets that show attention and masks.
        """
        method_class = self._method_class(request)
        _check_request(request)
        pipeline = with_sampler(self._pipeline, request.sampler, can=self.can)
        monitor = Monitor(check, on_progress, on_preview, costs=self._costs)
        reset_peak_memory(pipeline.device)
        with (
            _out_of_memory_told(),
            torch.no_grad(),
            fitting_threads(pipeline.device, self._parameters),
            guidance_embedded(pipeline, request.guidance_scale),
            interruptible(pipeline.unet, pipeline.vae, check=monitor.check),
        ):
            with monitor.stage("encode"):
                monitor.check()
                monitor.progress("encode", 0, 1)
                parameters = read_parameters(method_class.spec, request)
                run = prepare_run(
                    pipeline,
                    _as_painted(pipeline, request),
                    parameters=parameters,
                    monitor=monitor,
                    memory=self._memory(request),
                    segmenter=self._load_segmenter,
                    joins_box_negatives=method_class.joins_box_negatives,
                )
                methods = [method_class(one) for one in runs_of_seeds(run, seeds)]
            pictures = paint(methods, monitor, self._preview(monitor), explains=explains)
        self._offloaded.rest()
        seconds = tuple((stage, spent / len(pictures)) for stage, spent in monitor.seconds)
        return tuple(
            RenderResult(
                request=replace(request, seed=seed),
                size=run.size,
                rgb=picture.pixels.numpy().tobytes(),
                prompt=run.prompt.text,
                negative_prompt=run.negative_prompt,
                model=self.name,
                model_sha256=self.sha256,
                device=self.device,
                seconds=seconds,
                peak_mb=peak_memory_mb(pipeline.device),
                notes=tuple(monitor.notes),
                scheduler=pipeline.scheduler_class.__name__,
                box_cache=picture.run.memory.use(),
                explanation=draw(picture.explanation, run.size) if picture.explanation is not None else None,
                attention=attention_of(picture.explanation) if picture.explanation is not None else (),
            )
            for seed, picture in zip(seeds, pictures, strict=True)
        )

    def foresee(self, request: RenderRequest, *, check: Callable[[], None]) -> tuple[tuple[str, bool], ...]:
        """The ids of the boxes that a method would paint alone, and whether it would find them painted already."""
        method_class = self._method_class(request)
        _check_request(request)
        pipeline = with_sampler(self._pipeline, request.sampler, can=self.can)
        with _out_of_memory_told(), torch.no_grad(), guidance_embedded(pipeline, request.guidance_scale):
            run = prepare_run(
                pipeline,
                _as_painted(pipeline, request),
                parameters=read_parameters(method_class.spec, request),
                monitor=Monitor(check, lambda *_: None, None, costs=self._costs),
                memory=self._memory(request),
                segmenter=self._load_segmenter,
                joins_box_negatives=method_class.joins_box_negatives,
            )
            return method_class(run).remembered()

    def close(self) -> None:
        """Lets go of the weights, and of what was painted with them."""
        del self._pipeline
        self._segmenter = None
        self._box_cache.clear()
        gc.collect()
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def _method_class(self, request: RenderRequest) -> type[Method]:
        by_name = {method.spec.name: method for method in all_methods()}
        method = by_name.get(request.method)
        if method is None:
            raise UserError(
                f"There is no render method “{request.method}”.",
                f"The methods are: {', '.join(by_name)}.",
                exit_code=ExitCode.USAGE,
            )
        if not set(method.spec.needs) <= set(self.can):
            able = [name for name, other in by_name.items() if set(other.spec.needs) <= set(self.can)]
            raise UserError(
                f"The method {method.spec.title} needs a painter with GLIGEN layers; “{self.name}” has none.",
                f"Choose another painter or one of the methods: {', '.join(able)}.",
                exit_code=ExitCode.USAGE,
            )
        return method

    def _memory(self, request: RenderRequest) -> BoxMemory:
        return BoxMemory(self._box_cache, (self.sha256, request.guidance_scale))

    def _load_segmenter(self) -> Segmenter:
        if self._segmenter is None:
            folder = self._segmenter_folder
            self._segmenter = load_segmenter(folder, self._pipeline.device) if folder is not None else no_segmenter()
        return self._segmenter

    def _preview(self, monitor: Monitor) -> Callable[[Tensor], None]:
        tiny = self._pipeline.vae_tiny
        if tiny is not None:
            return lambda clean: monitor.preview(*decoded_preview(clean, tiny))
        return lambda clean: monitor.preview(*preview_picture(clean, self._matrix()))

    def _matrix(self) -> Tensor:
        """Fitted when the first preview is wanted: headless runs do not pay for it."""
        if self._preview_matrix is None:
            self._preview_matrix = fit_preview_matrix(self._pipeline)
        return self._preview_matrix


@contextmanager
def _out_of_memory_told() -> Iterator[None]:
    """Turns every kind of out-of-memory error into one that says what to do; frees what can be freed."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        raise UserError(
            "There is not enough memory for this picture.",
            "Choose a smaller picture, close other programs, or paint on the CPU.",
            exit_code=ExitCode.OUT_OF_MEMORY,
        ) from error


def _check_request(request: RenderRequest) -> None:
    check_canvas(request.layout.canvas)
    if request.size is not None:
        check_canvas(request.size)
    if not 1 <= request.num_inference_steps <= MAX_STEPS:
        raise UserError(
            f"{request.num_inference_steps} steps are not possible.",
            f"Choose from 1 to {MAX_STEPS}.",
            exit_code=ExitCode.USAGE,
        )


def _as_painted(pipeline: Pipeline, request: RenderRequest) -> RenderRequest:
    """A UNet that takes the guidance scale as an input needs no unconditional picture beside."""
    return replace(request, guidance_scale=1.0) if embeds_guidance(pipeline) else request


def _abilities(pipeline: Pipeline) -> tuple[str, ...]:
    """What the weights offer beyond the basics, in the words of ``MethodSpec.needs`` and ``Sampler.needs``."""
    found = {"gligen": pipeline.is_gated, "lcm": is_distilled(pipeline)}
    return tuple(name for name, is_there in found.items() if is_there)


def _summary(pipeline: Pipeline) -> str:
    """One line for the model panel."""
    parameters = sum(parameter.numel() for parameter in pipeline.unet.parameters()) / 1e6
    native: Size = pipeline.native_size
    gated = ", GLIGEN" if pipeline.is_gated else ""
    return f"Stable Diffusion, UNet of {parameters:.1f} M parameters, {native.width}×{native.height}{gated}"
