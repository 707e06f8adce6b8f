"""Plain Stable Diffusion: the boxes are only named in the prompt. The baseline of all other methods."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from torch import Tensor

from lmd_desktop.domain.requests import MethodSpec, Parameter
from lmd_desktop.rendering.bounded import BOUNDED, bounded
from lmd_desktop.rendering.method import Method
from lmd_desktop.rendering.run import USES_NEGATIVE


class Plain(Method):
    """No hook, unless the boxes are to be kept apart. One UNet call per step."""

    spec: ClassVar[MethodSpec] = MethodSpec(
        name="plain",
        title="Plain",
        summary="Stable Diffusion with the prompt alone; the boxes are named but not placed.",
        parameters=(
            Parameter(
                name=USES_NEGATIVE,
                title="Negative prompt of the layout",
                summary="Whether it is read; the published baseline leaves it out, and keeps only the quality words.",
                kind="bool",
                default=True,
            ),
            BOUNDED,
        ),
        smallest_box=0.0,
    )
    shares_batches: ClassVar[bool] = True

    def start(self) -> Tensor:
        return self.run.noise()  # boxes have no place in it

    def patches(self) -> AbstractContextManager[object]:
        return bounded(self.run)
