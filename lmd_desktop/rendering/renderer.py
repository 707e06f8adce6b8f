"""The renderer: a loaded painter that turns render requests into pictures."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Size, check_canvas
from lmd_desktop.domain.painter import PainterParts
from lmd_desktop.domain.requests import MAX_STEPS, RenderRequest, RenderResult
from lmd_desktop.rendering.decode import decode_latents, to_pixels
from lmd_desktop.rendering.denoise import denoise, overall_task
from lmd_desktop.rendering.devices import is_out_of_memory, peak_memory_mb, reset_peak_memory
from lmd_desktop.rendering.method import Method, read_parameters
from lmd_desktop.rendering.methods import all_methods
from lmd_desktop.rendering.monitor import Monitor, OnPreview, OnProgress
from lmd_desktop.rendering.pipeline import AS_IT_IS, Pipeline, load_pipeline
from lmd_desktop.rendering.preview import fit_preview_matrix, preview_picture
from lmd_desktop.rendering.run import prepare_run

log = logging.getLogger(__name__)


class Renderer:
    """Holds one painter in memory; a picture depends on its request alone, not on what was painted before."""

    def __init__(self, model: Path, *, device: str = "auto", parts: PainterParts = AS_IT_IS) -> None:
        with _out_of_memory_told():
            self._pipeline: Pipeline = load_pipeline(model, device=device, parts=parts)
        self._preview_matrix: Tensor | None = None
        self.name = self._pipeline.name
        self.sha256 = self._pipeline.sha256
        self.native_size = self._pipeline.native_size
        self.can: tuple[str, ...] = ("gligen",) if self._pipeline.is_gated else ()
        self.device = self._pipeline.device.type
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
        method_class = self._method_class(request)
        _check_request(request)
        monitor = Monitor(check, on_progress, on_preview)
        reset_peak_memory(self._pipeline.device)
        with _out_of_memory_told(), torch.no_grad():
            with monitor.stage("text"):
                monitor.check()
                monitor.progress("text", 0, 1)
                parameters = read_parameters(method_class.spec, request)
                run = prepare_run(self._pipeline, request, parameters=parameters, monitor=monitor)
                method = method_class(run)
            latents = method.start()
            with monitor.stage("denoise"):
                latents = denoise(overall_task(run, latents, on_clean=self._preview(monitor)), method)
            with monitor.stage("decode"):
                monitor.check()
                monitor.progress("decode", 0, 1)
                pixels = to_pixels(decode_latents(self._pipeline, latents))
            monitor.progress("decode", 1, 1)
        return RenderResult(
            request=request,
            size=run.size,
            rgb=pixels.numpy().tobytes(),
            prompt=run.prompt.text,
            negative_prompt=run.negative_prompt,
            model=self.name,
            model_sha256=self.sha256,
            device=self.device,
            seconds=monitor.seconds,
            peak_mb=peak_memory_mb(self._pipeline.device),
            notes=tuple(monitor.notes),
            scheduler=self._pipeline.scheduler_class.__name__,
        )

    def close(self) -> None:
        """Lets go of the weights."""
        del self._pipeline
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

    def _preview(self, monitor: Monitor) -> Callable[[Tensor], None]:
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


def _summary(pipeline: Pipeline) -> str:
    """One line for the model panel."""
    parameters = sum(parameter.numel() for parameter in pipeline.unet.parameters()) / 1e6
    native: Size = pipeline.native_size
    gated = ", GLIGEN" if pipeline.is_gated else ""
    return f"Stable Diffusion, UNet of {parameters:.1f} M parameters, {native.width}×{native.height}{gated}"
