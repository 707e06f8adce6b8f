"""What a render method is: a spec, and hooks that the denoising loop calls by name."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.requests import MethodSpec, ParameterValue, RenderRequest
from lmd_desktop.rendering.estimate import FORWARDS_PER_ITERATION, Work

if TYPE_CHECKING:
    from torch import Tensor

    from lmd_desktop.rendering.grounding import Grounding
    from lmd_desktop.rendering.run import Run


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the loop. ``latents`` are in the scheduler's own scaling."""

    index: int
    total: int
    timestep: Tensor
    latents: Tensor  # (batch, 4, height, width)
    scheduler: Any

    def is_before(self, ratio: float) -> bool:
        """Whether this step is among the first ``ratio`` of the steps: every limit is a ratio, never a count."""
        return self.index < int(ratio * self.total + 1e-6)


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What the UNet reads beside the latents, for a batch of pictures, and how much it counts."""

    prompt_embeds: Tensor  # (batch, tokens, width)
    negative_embeds: Tensor  # (batch, tokens, width)
    guidance_scale: float | Tensor  # one for all, above 1 or without guidance; or one for each, (batch, 1, 1, 1)


class Predict(Protocol):
    """The noise that the UNet sees in latents, under classifier-free guidance: one UNet call."""

    def __call__(self, latents: Tensor, conditioning: Conditioning) -> Tensor: ...


class Hooks:
    """The named points of the denoising loop; a method overrides those that it needs."""

    def patches(self) -> AbstractContextManager[object]:
        """What is changed in the UNet while the loop runs; undone after success, error and cancel."""
        return nullcontext()

    def before_step(self, step: Step) -> Tensor:
        """The latents to go on with, for example after guidance."""
        return step.latents

    def grounding(self, step: Step) -> Grounding | None:
        """The GLIGEN tokens of this step; None leaves the gated layers out."""
        return None

    def conditioning(self, step: Step, given: Conditioning) -> Conditioning:
        """The text of this step; prompt embeddings may change from step to step."""
        return given

    def predict_noise(self, step: Step, conditioning: Conditioning, predict: Predict) -> Tensor:
        """The noise in this step's latents; may be made of several predictions. Like the latents in shape."""
        return predict(step.latents, conditioning)

    def after_step(self, step: Step, latents: Tensor) -> Tensor:
        """The latents after the scheduler's step."""
        return latents


class Method(Hooks):
    """A way to paint a layout. An instance lives for one picture."""

    spec: ClassVar[MethodSpec]
    # Whether pictures of several seeds may be one batch: the patches only read, and noise is predicted as it is.
    shares_batches: ClassVar[bool] = False
    # Whether what a box must not show can only be kept out of the whole picture: no text is read in the box alone.
    joins_box_negatives: ClassVar[bool] = False

    def __init__(self, run: Run) -> None:
        self.run = run

    def start(self) -> Tensor:
        """The latents that the overall loop starts from; stages before the loop belong here."""
        return self.run.noise_with_boxes()

    def pasted_mask(self) -> Tensor | None:
        """Where things from other pictures were put in, (rows, columns) of the latents; None if nowhere."""
        return None

    def remembered(self) -> tuple[tuple[str, bool], ...]:
        """The ids of the boxes that are painted alone, and whether an earlier picture has already done so."""
        return ()

    def works(self, total: int) -> tuple[Work, ...]:
        """What is to come at most, of boxes alone and of the whole picture; for the estimate of the time left."""
        rows = 2.0 if self.run.request.guidance_scale > 1.0 else 1.0
        iterations = [FORWARDS_PER_ITERATION * self.iterations_at(index, total) for index in range(total)]
        return (Work("denoise", tuple(rows + guidance for guidance in iterations)),)

    def iterations_at(self, index: int, total: int) -> int:
        """Guidance iterations of a step at most, going by the parameters that guided methods have in common."""
        parameters = self.run.parameters
        if "guided_ratio" not in parameters or index >= int(parameters.number("guided_ratio") * total + 1e-6):
            return 0
        return parameters.count("iterations") if "iterations" in parameters else 1


class Parameters(Mapping[str, ParameterValue]):
    """The checked parameters of a method by name, with typed access."""

    def __init__(self, values: dict[str, ParameterValue]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> ParameterValue:
        return self._values[name]

    def __iter__(self):
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def number(self, name: str) -> float:
        return float(self._values[name])

    def count(self, name: str) -> int:
        return int(self._values[name])

    def flag(self, name: str) -> bool:
        return bool(self._values[name])

    def choice(self, name: str) -> str:
        return str(self._values[name])


def read_parameters(spec: MethodSpec, request: RenderRequest) -> Parameters:
    """The request's parameters over the defaults; an unknown name or a value out of range is a UserError."""
    values = {parameter.name: parameter.default for parameter in spec.parameters}
    known = {parameter.name: parameter for parameter in spec.parameters}
    for name, value in request.parameters:
        parameter = known.get(name)
        if parameter is None:
            raise UserError(
                f"The method {spec.title} has no parameter “{name}”.",
                f"It has: {', '.join(known) or 'none'}.",
                exit_code=ExitCode.USAGE,
            )
        if parameter.kind == "choice":
            is_fine, allowed = value in parameter.choices, ", ".join(parameter.choices)
        elif parameter.kind == "bool":
            is_fine, allowed = isinstance(value, bool), "yes, no"
        else:
            numbers = (int, float) if parameter.kind == "float" else (int,)
            is_number = isinstance(value, numbers) and not isinstance(value, bool)
            is_fine = is_number and parameter.minimum <= float(value) <= parameter.maximum
            allowed = f"a number from {parameter.minimum:g} to {parameter.maximum:g}"
        if not is_fine:
            raise UserError(
                f"“{value}” is not possible for {parameter.title}.",
                f"Possible: {allowed}.",
                exit_code=ExitCode.USAGE,
            )
        values[name] = value
    return Parameters(values)
