"""What may be put into a painter beside its own weights, and what may be done to its pictures at the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Lora:
    """A file of small changes to the weights, and how much of them is wanted (1 is what it was trained for)."""

    path: Path
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Refinement:
    """The SDXL refiner as a last stage; of the noise of a whole picture, ``strength`` (0 to 1) is added again."""

    path: Path
    strength: float = 0.3


@dataclass(frozen=True, slots=True)
class PainterParts:
    """The defaults take the painter as it is. ``allows_pickles``: the person trusts these files to run programs.

    ``compiles``: parts of the painter are compiled first, for many pictures of one size.
    """

    vae: Path | None = None
    loras: tuple[Lora, ...] = ()
    gligen: Path | None = None
    segmenter: Path | None = None  # Segment Anything, which only cuts things out: the painter is the same without it
    refinement: Refinement | None = None
    allows_pickles: bool = False
    compiles: bool = False

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file or folder that goes into the painter itself, in a fixed order."""
        named = (self.vae, *(lora.path for lora in self.loras), self.gligen)
        return tuple(path for path in named if path is not None)
