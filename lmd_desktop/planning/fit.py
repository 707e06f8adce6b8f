"""How a language model is run on this machine: layers on the graphics card, precision of its cache, flash attention,
threads, and how much memory that takes. A pure decision from the model's shape and from what is free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lmd_desktop.domain.model_shape import ModelShape
from lmd_desktop.planning.settings import MAX_CONTEXT, EngineSettings, KvType, safer

MB = 1_000_000
GB = 1000 * MB
# Bytes of one number in the cache; q8_0 has 34 bytes for 32 numbers.
KV_BYTES: dict[KvType, float] = {"f16": 2.0, "q8_0": 34 / 32}
Q8_BLOCK = 32
SMALL_CONTEXT = 2048
BATCH = 128  # tokens that go through the model together
TINY_MODEL = 50_000_000  # parameters; below this one thread is faster than several
LIBRARY = 60 * MB  # what llama.cpp and Python take beside the model
DEVICE_LIBRARY = 250 * MB  # a context of the graphics card's driver
RAM_RESERVE = 500 * MB
DEVICE_RESERVE = 300 * MB


@dataclass(frozen=True, slots=True)
class Machine:
    """Bytes that are free now (``device`` None: no graphics card), processor cores, and whether it has AMX."""

    ram: int
    device: int | None
    cores: int
    has_amx: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """Settings with the bytes that they take; ``fits`` False: more than there is, it will be slow or fail."""

    settings: EngineSettings
    ram: int
    device: int
    layers: int
    fits: bool

    @property
    def sentence(self) -> str:
        """For people, before the model is loaded."""
        settings = self.settings
        memory = f"{self.ram / GB:.1f} GB of memory"
        if settings.gpu_layers:
            memory = (
                f"{self.ram / GB:.1f} GB of memory and {self.device / GB:.1f} GB of the graphics card's "
                f"({settings.gpu_layers} of {self.layers} layers)"
            )
        cache = "" if settings.kv_type == "f16" else f", its cache in {settings.kv_type}"
        threads = "1 thread" if settings.threads == 1 else f"{settings.threads} threads"
        warning = "" if self.fits else " That is more than is free: close other programs or choose a smaller model."
        return (
            f"The planner needs about {memory}, with {settings.context_size} tokens of context{cache} "
            f"and {threads}.{warning}"
        )


def fit(shape: ModelShape, machine: Machine, *, level: int = 0) -> Fit:
    """The first of the ways to run the model that fits; if none does, the smallest. ``level`` is a step of ``safer``.

    All of it on the graphics card comes first, then a cache in q8_0 to keep it there, then as many layers as go there;
    then the processor alone, and at last a shorter context.
    """
    ways = [_estimated(safer(way, level), shape, machine) for way in _ways(shape, machine)]
    return next((way for way in ways if way.fits), ways[-1])


def _ways(shape: ModelShape, machine: Machine) -> Iterator[EngineSettings]:
    trained = shape.context_length or MAX_CONTEXT
    context = min(MAX_CONTEXT, trained)
    is_tiny = shape.parameters < TINY_MODEL
    base = EngineSettings(
        context_size=context,
        threads=1 if is_tiny else machine.cores,
        has_extra_buffers=not machine.has_amx,
    )
    # q8_0 takes 32 numbers of a head together.
    is_divisible = shape.head_size % Q8_BLOCK == 0
    small = replace(base, kv_type="q8_0", flash_attention="on") if is_divisible else base
    # A tiny model is faster on the processor than the driver of a card is started.
    if machine.device is not None and not is_tiny:
        layers = shape.block_count + 1
        yield replace(base, gpu_layers=layers)
        yield replace(small, gpu_layers=layers)
        for count in range(shape.block_count, 0, -1):
            yield replace(base, gpu_layers=count)
    yield base
    yield small
    if context > SMALL_CONTEXT:
        yield replace(small, context_size=SMALL_CONTEXT)


def _estimated(settings: EngineSettings, shape: ModelShape, machine: Machine) -> Fit:
    cache = round((shape.key_size + shape.value_size) * KV_BYTES[settings.kv_type] * settings.context_size)
    layers = shape.block_count + 1
    blocks_there = min(settings.gpu_layers, shape.block_count)
    share = blocks_there / max(shape.block_count, 1)
    # The scores of a whole batch, and what goes through a block, in single precision.
    work = 4 * BATCH * (shape.vocabulary_size + 8 * shape.width + 3 * shape.inner_width)
    has_output_there = settings.gpu_layers >= layers
    device = 0
    if settings.gpu_layers:
        device = round(share * (shape.block_bytes + cache * shape.block_count)) + work + DEVICE_LIBRARY
        device += shape.other_bytes if has_output_there else 0
    ram = round((1 - share) * (shape.block_bytes + cache * shape.block_count)) + shape.other_bytes + LIBRARY
    ram += 0 if has_output_there else work
    fits = ram + RAM_RESERVE <= machine.ram
    if settings.gpu_layers:
        fits = fits and device + DEVICE_RESERVE <= (machine.device or 0)
    return Fit(settings, ram, device, layers, fits)
