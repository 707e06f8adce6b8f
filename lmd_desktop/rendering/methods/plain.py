"""Plain Stable Diffusion: the boxes are only named in the prompt. The baseline of all other methods."""

from __future__ import annotations

from typing import ClassVar

from lmd_desktop.domain.requests import MethodSpec
from lmd_desktop.rendering.method import Method


class Plain(Method):
    """No hook at all."""

    spec: ClassVar[MethodSpec] = MethodSpec(
        name="plain",
        title="Plain",
        summary="Stable Diffusion with the prompt alone; the boxes are named but not placed.",
    )
