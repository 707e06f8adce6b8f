"""How large a language model is, part by part, as the header of its file says: what an estimate of memory needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Bytes of the weights in blocks and outside of them, and the numbers that size its cache and its buffers.

    ``key_size`` and ``value_size`` are numbers per token and block, all heads together; ``head_size`` those of one
    head's keys. ``context_length`` is what the model was trained for, 0 if the header does not say.
    """

    block_count: int
    block_bytes: int
    other_bytes: int
    key_size: int
    value_size: int
    head_size: int
    width: int
    inner_width: int
    vocabulary_size: int
    context_length: int
    parameters: int

    @property
    def weight_bytes(self) -> int:
        return self.block_bytes + self.other_bytes
