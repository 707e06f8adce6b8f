"""GLIGEN (Li et al., CVPR 2023): gated layers trained on boxes place the things in the first steps."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from lmd_desktop.domain.requests import MethodSpec, Parameter
from lmd_desktop.rendering.bounded import BOUNDED, bounded
from lmd_desktop.rendering.grounding import Grounding
from lmd_desktop.rendering.method import Method, Step
from lmd_desktop.rendering.run import Run


class Gligen(Method):
    """One grounding token per box, while the gated layers are on."""

    spec: ClassVar[MethodSpec] = MethodSpec(
        name="gligen",
        title="GLIGEN",
        summary="Trained grounding layers see the boxes and place the things; fast.",
        parameters=(
            Parameter(
                name="grounding_ratio",
                title="Grounded steps",
                summary="Share of the steps in which the grounding layers are on.",
                kind="float",
                default=0.3,
                minimum=0.0,
                maximum=1.0,
            ),
            BOUNDED,
        ),
        needs=("gligen",),
    )
    shares_batches: ClassVar[bool] = True
    joins_box_negatives: ClassVar[bool] = True

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._ratio = run.parameters.number("grounding_ratio")
        self._grounding = run.grounding((run.boxes,)) if run.boxes else None

    def patches(self) -> AbstractContextManager[object]:
        return bounded(self.run)

    def grounding(self, step: Step) -> Grounding | None:
        return self._grounding if step.is_before(self._ratio) else None
