"""The samplers that can be asked for: how the steps go from noise to picture; one table for window and command line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sampler:
    """``needs`` names what the painter must have: ``lcm`` for weights that were distilled to few steps."""

    name: str
    title: str
    summary: str
    needs: tuple[str, ...] = ()


_ALL = (
    Sampler("ddim", "DDIM", "The sampler of the LMD paper: first order, the same noise gives the same picture."),
    Sampler("dpmpp_2m", "DPM-Solver++ 2M", "Second order over two steps: good pictures from 15 to 25 steps."),
    Sampler("unipc", "UniPC", "Predicts and corrects every step: good pictures from 10 to 20 steps."),
    Sampler("euler", "Euler", "First order in noise levels, as many galleries state it."),
    Sampler("lcm", "LCM", "Two to eight steps, for painters that were distilled for it.", needs=("lcm",)),
)
SAMPLERS = {sampler.name: sampler for sampler in _ALL}
