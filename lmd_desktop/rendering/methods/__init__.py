"""The render methods, one file each. Importing this package loads no torch; asking for the methods does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmd_desktop.domain.requests import MethodSpec

if TYPE_CHECKING:
    from lmd_desktop.rendering.method import Method


def method_specs() -> tuple[MethodSpec, ...]:
    """Every method with its parameters, the recommended one first."""
    return tuple(method.spec for method in all_methods())


def all_methods() -> tuple[type[Method], ...]:
    """The method classes in the order in which they are offered."""
    from lmd_desktop.rendering.methods.backward_guidance import BackwardGuidance
    from lmd_desktop.rendering.methods.bounded import Bounded
    from lmd_desktop.rendering.methods.boxdiff import BoxDiff
    from lmd_desktop.rendering.methods.gligen import Gligen
    from lmd_desktop.rendering.methods.lmd import Lmd
    from lmd_desktop.rendering.methods.lmd_plus import LmdPlus
    from lmd_desktop.rendering.methods.multidiffusion import MultiDiffusion
    from lmd_desktop.rendering.methods.plain import Plain
    from lmd_desktop.rendering.methods.regional import Regional

    return (LmdPlus, Lmd, Gligen, Regional, Bounded, BoxDiff, BackwardGuidance, MultiDiffusion, Plain)
