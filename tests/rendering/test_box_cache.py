"""The memory of boxes that were painted alone: what a key is made of, and how full it gets."""

from __future__ import annotations

import torch

from lmd_desktop.rendering.box_cache import MOST_ENTRIES, BoxCache, BoxMemory, PaintedAlone, content_key

STEPS = 3


def painted(value: float = 0.0) -> PaintedAlone:
    """Half a kilobyte of latents and maps."""
    return PaintedAlone(
        latents=torch.full((STEPS + 1, 4, 4, 4), value), maps={"mid": torch.zeros(STEPS, 2, 16)}, total=6, masks={}
    )


ONE = painted().size_bytes


def test_the_least_recently_used_leave_when_it_is_full() -> None:
    cache = BoxCache(limit_bytes=3 * ONE)
    for key in "abc":
        cache.keep(key, painted())
    assert cache.find("a", steps=STEPS) is not None
    cache.keep("d", painted())
    assert [key for key in "abcd" if cache.find(key, steps=STEPS)] == ["a", "c", "d"]
    assert cache.used_bytes == 3 * ONE


def test_it_never_holds_more_than_it_may() -> None:
    cache = BoxCache(limit_bytes=ONE - 1)
    cache.keep("a", painted())
    assert (len(cache), cache.used_bytes) == (0, 0)
    cache = BoxCache(limit_bytes=ONE)
    for _ in range(3):
        cache.keep("a", painted())
    assert (len(cache), cache.used_bytes) == (1, ONE)
    cache.keep_mask("a", "sam", torch.ones(4, 4))  # now it is too large
    assert (len(cache), cache.used_bytes) == (0, 0)


def test_small_boxes_do_not_gather_for_ever() -> None:
    cache = BoxCache()
    for number in range(MOST_ENTRIES + 2):
        cache.keep(str(number), painted())
    assert len(cache) == MOST_ENTRIES
    assert not cache.holds("1", steps=STEPS)
    assert cache.used_bytes == MOST_ENTRIES * ONE


def test_a_longer_painting_serves_a_shorter_use_but_not_the_other_way() -> None:
    cache = BoxCache()
    cache.keep("a", painted(2.0))
    shorter = cache.find("a", steps=1)
    assert shorter is not None
    assert (shorter.steps, len(shorter.maps["mid"]), shorter.total) == (1, 1, 6)
    assert cache.find("a", steps=STEPS + 1) is None


def test_a_mask_stays_with_what_it_was_cut_from() -> None:
    cache = BoxCache()
    cache.keep("a", painted())
    cache.keep_mask("a", "sam", torch.ones(4, 4))
    cache.keep_mask("gone", "sam", torch.ones(4, 4))
    found = cache.find("a", steps=STEPS)
    assert found is not None
    assert list(found.masks) == ["sam"]
    assert cache.used_bytes == ONE + 64


def test_a_key_is_made_of_names_types_and_every_number() -> None:
    numbers = torch.arange(4.0)
    keys = [
        content_key(a=1, b=2),
        content_key(a=2, b=1),
        content_key(a=1.0, b=2),
        content_key(a="1", b=2),
        content_key(a=(1, 2)),
        content_key(a=(12,)),
        content_key(a=None, b=2),
        content_key(a=numbers),
        content_key(a=numbers + torch.tensor([0, 0, 0, 1e-6])),
        content_key(a=numbers.reshape(2, 2)),
        content_key(a=numbers.double()),
    ]
    assert len(set(keys)) == len(keys)
    assert content_key(a=numbers.reshape(2, 2).T) != content_key(a=numbers.reshape(2, 2))
    assert content_key(b=2, a=1) == content_key(a=1, b=2)


def test_a_picture_tells_what_it_found() -> None:
    cache = BoxCache()
    memory = BoxMemory(cache, ("weights", 5.0))
    key = memory.key(prompt="a cup")
    assert memory.use() is None
    assert memory.find(key, steps=1) is None
    cache.keep(key, painted())
    assert memory.find(key, steps=1) is not None
    use = memory.use()
    assert use is not None
    assert (use.found, use.painted, use.entries, use.limit_mb) == (1, 1, 1, 256.0)
    assert use.used_mb == ONE / 2**20
    assert BoxMemory(cache, ("other weights", 5.0)).key(prompt="a cup") != key
