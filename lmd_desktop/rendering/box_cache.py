"""Remembers what boxes looked like when they were painted alone, by content, within a number of bytes.

A key is a digest of everything that the numbers depend on; where a box lies is not among it if boxes are painted in a
standard place, so that an entry outlives a move. Results wait in main memory: 2.5 MB a box for Stable Diffusion at 512
pixels, too much to hold many of them on a graphics card.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lmd_desktop.domain.requests import BoxCacheUse

LIMIT_BYTES = 256 * 2**20  # a hundred boxes of Stable Diffusion at 512 pixels
MOST_ENTRIES = 256  # of a small painter, whose boxes would take days to fill the bytes

Part = Tensor | str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class PaintedAlone:
    """What remains of a box's own picture, as far as it was painted: ``steps`` of ``total``."""

    latents: Tensor  # (steps + 1, channels, rows, columns): before the first step and after each
    maps: Mapping[str, Tensor]  # by layer: (steps, heads, cells), attention to the word; empty if it was cut off
    total: int
    masks: Mapping[str, Tensor]  # by how they were made: (rows, columns), the thing as a segmenter cut it out

    @property
    def steps(self) -> int:
        return len(self.latents) - 1

    @property
    def size_bytes(self) -> int:
        return sum(tensor.nbytes for tensor in (self.latents, *self.maps.values(), *self.masks.values()))

    def first(self, steps: int) -> PaintedAlone:
        """As if it had been painted for so many steps only."""
        maps = {name: values[:steps] for name, values in self.maps.items()}
        return replace(self, latents=self.latents[: steps + 1], maps=maps)

    def on(self, device: torch.device) -> PaintedAlone:
        """The same on another device."""
        return replace(
            self,
            latents=self.latents.to(device),
            maps={name: values.to(device) for name, values in self.maps.items()},
            masks={name: mask.to(device) for name, mask in self.masks.items()},
        )


class BoxCache:
    """Entries by key; the least recently used ones leave when the number or the bytes are used up.

    Not for several threads.
    """

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self._entries: OrderedDict[str, PaintedAlone] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: str, *, steps: int) -> PaintedAlone | None:
        """The first steps of an entry, if it was painted at least so far."""
        entry = self._entries.get(key)
        if entry is None or entry.steps < steps:
            return None
        self._entries.move_to_end(key)
        return entry.first(steps)

    def holds(self, key: str, *, steps: int) -> bool:
        """Whether ``find`` would find it; asking changes nothing."""
        entry = self._entries.get(key)
        return entry is not None and entry.steps >= steps

    def keep(self, key: str, painted: PaintedAlone) -> None:
        """Takes a result in, in the place of a shorter one; one that is larger than everything allowed is not kept."""
        self._drop(key)
        entry = painted.on(torch.device("cpu"))
        if entry.size_bytes > self.limit_bytes:
            return
        self._entries[key] = entry
        self.used_bytes += entry.size_bytes
        while self.used_bytes > self.limit_bytes or len(self._entries) > MOST_ENTRIES:
            self._drop(next(iter(self._entries)))

    def keep_mask(self, key: str, name: str, mask: Tensor) -> None:
        """Adds to an entry a mask that was made of it; nothing happens if the entry has left already."""
        entry = self._entries.get(key)
        if entry is not None:
            self.keep(key, replace(entry, masks={**entry.masks, name: mask}))

    def clear(self) -> None:
        """Forgets every result."""
        self._entries.clear()
        self.used_bytes = 0

    def _drop(self, key: str) -> None:
        old = self._entries.pop(key, None)
        if old is not None:
            self.used_bytes -= old.size_bytes


class BoxMemory:
    """The cache as one picture uses it; counts what it had to paint and what it found.

    ``scope`` is what every result depends on beside the picture's request: the weights and how they are used.
    """

    def __init__(self, cache: BoxCache, scope: tuple[Part, ...]) -> None:
        self.cache = cache
        self._scope = scope
        self._found = 0
        self._painted = 0

    def again(self) -> BoxMemory:
        """The same cache for another picture, with counts of its own."""
        return BoxMemory(self.cache, self._scope)

    def key(self, **parts: Part | tuple[Part, ...]) -> str:
        return content_key(**parts, scope=self._scope)

    def find(self, key: str, *, steps: int) -> PaintedAlone | None:
        """As the cache's, counted."""
        entry = self.cache.find(key, steps=steps)
        self._found += entry is not None
        self._painted += entry is None
        return entry

    def use(self) -> BoxCacheUse | None:
        """What this picture took from the cache, and how full that is now; None if it wanted no box alone."""
        if self._found + self._painted == 0:
            return None
        cache = self.cache
        return BoxCacheUse(
            found=self._found,
            painted=self._painted,
            entries=len(cache),
            used_mb=cache.used_bytes / 2**20,
            limit_mb=cache.limit_bytes / 2**20,
        )


def content_key(**parts: Part | tuple[Part, ...]) -> str:
    """A digest of named values; tensors count with their shape, their type and every number in them."""
    digest = hashlib.sha256()
    for name, value in sorted(parts.items()):
        digest.update(f"{name}=".encode())
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Tensor):
                digest.update(f"{tuple(part.shape)}{part.dtype}".encode())
                digest.update(part.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
            else:
                digest.update(f"{type(part).__name__}:{part!r}".encode())
            digest.update(b"\0")
    return digest.hexdigest()
