"""What a row of the table is: a render method, perhaps with some of its parameters changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import MethodSpec, Parameter, ParameterValue, RenderRequest, RenderSettings

BASELINE = "plain"
SEEDS_APART = 1_000_000  # between the runs of one prompt; within a run the seed is the prompt's index, as published
YES, NO = ("yes", "true", "on"), ("no", "false", "off")
ALL, ABLATIONS = "all", "ablations"
# LMD+ as it comes, then without the stage of single boxes, attention guidance, grounding, and reference attention.
WITHOUT = ("per_box=no", "guided_ratio=0", "grounding_ratio=0", "reference_weight=0")
RETRIES, SEEDS, MOST = "retries", "seeds", 100


@dataclass(frozen=True, slots=True)
class Variant:
    """``name`` is what the person wrote: ``lmd_plus`` or ``lmd_plus:per_box=no``.

    With ``retries`` a verifier looks at each picture, and what it does not find is painted again. ``seeds`` is how
    many pictures of each caption this row has, if not as many as the others; it is no part of the name.
    ``all_parameters`` are those that the method has today, with the changes.
    """

    name: str
    method: str
    parameters: tuple[tuple[str, ParameterValue], ...] = ()
    retries: int = 0
    seeds: int | None = None
    all_parameters: tuple[tuple[str, ParameterValue], ...] = ()


def read_variants(text: str, specs: Sequence[MethodSpec]) -> tuple[Variant, ...]:
    """Methods between commas, each with ``:name=value`` as often as wanted; ``all`` is every method as it comes,
    ``ablations`` are LMD+ and LMD+ without each of its parts. What is named twice is one row, at its first place.
    """
    groups = {
        ALL: tuple(spec.name for spec in reversed(specs)),
        ABLATIONS: ("lmd_plus", *(f"lmd_plus:{change}" for change in WITHOUT)),
    }
    parts = [part.strip() for part in text.split(",") if part.strip()]
    variants: dict[str, Variant] = {}
    for name in (name for part in parts for name in groups.get(part, (part,))):
        variant = _variant(name, specs)
        before = variants.get(variant.name, variant)
        variants[variant.name] = replace(before, seeds=variant.seeds or before.seeds)
    if not variants:
        raise UserError("No method was named.", "Give --methods plain,lmd_plus.", exit_code=ExitCode.USAGE)
    return tuple(variants.values())


def request_of(
    variant: Variant, caption: str, layout: Layout, *, index: int, run: int, settings: RenderSettings
) -> RenderRequest:
    """The picture of a prompt, with the steps and the sampler of the settings.

    The baseline is Stable Diffusion alone: the caption as it is, no boxes, no negative prompt.
    """
    is_baseline = variant.method == BASELINE
    return RenderRequest(
        layout=Layout(layout.canvas) if is_baseline else layout,
        method=variant.method,
        parameters=variant.parameters,
        num_inference_steps=settings.num_inference_steps,
        guidance_scale=settings.guidance_scale,
        sampler=settings.sampler,
        seed=index + run * SEEDS_APART,
        prompt=caption if is_baseline else None,
    )


def _variant(name: str, specs: Sequence[MethodSpec]) -> Variant:
    method, *changes = name.split(":")
    spec = next((spec for spec in specs if spec.name == method), None)
    if spec is None:
        known = ", ".join(spec.name for spec in specs)
        raise UserError(f"There is no method “{method}”.", f"The methods are: {known}.", exit_code=ExitCode.USAGE)
    known = {parameter.name: parameter for parameter in spec.parameters}
    values: list[tuple[str, ParameterValue]] = []
    counts: dict[str, int] = {}
    for change in changes:
        key, _, value = change.partition("=")
        if key in (RETRIES, SEEDS):
            counts[key] = _count(key, value)
            continue
        if key not in known:
            raise UserError(
                f"The method {method} has no parameter “{key}”.",
                f"It has: {', '.join((*known, RETRIES, SEEDS))}.",
                exit_code=ExitCode.USAGE,
            )
        values.append((key, _value(known[key], value)))
    row = ":".join((method, *(change for change in changes if change.partition("=")[0] != SEEDS)))
    every = {parameter.name: parameter.default for parameter in spec.parameters} | dict(values)
    return Variant(row, method, tuple(values), counts.get(RETRIES, 0), counts.get(SEEDS), tuple(every.items()))


def _count(what: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST):
        cause = f"“{text}” is not a number of {what}."
        raise UserError(cause, f"It must be from 1 to {MOST}.", exit_code=ExitCode.USAGE)
    return int(text)


def _value(parameter: Parameter, text: str) -> ParameterValue:
    """The text as the parameter's kind; whether it is in range is the renderer's to say."""
    try:
        match parameter.kind:
            case "bool":
                if text.lower() not in (*YES, *NO):
                    raise ValueError(text)
                return text.lower() in YES
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "choice":
                return text
    except ValueError as error:
        cause = f"“{text}” is not possible for {parameter.name}."
        raise UserError(cause, f"It is of the kind {parameter.kind}.", exit_code=ExitCode.USAGE) from error
