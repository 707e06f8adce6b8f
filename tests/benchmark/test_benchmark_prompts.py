"""The prompts: the published rule to the letter, even samples, and suites that a perfect layout can pass."""

from __future__ import annotations

from collections import Counter

import pytest

from lmd_desktop.benchmark.caption_parser import parse_caption
from lmd_desktop.benchmark.layouts import layout_fault, strict_fault
from lmd_desktop.benchmark.prompts import TASKS, captions_sha256, even_sample, lmd_prompts
from lmd_desktop.benchmark.suites import (
    CHINESE,
    CHINESE_HARDER,
    DEVELOPMENT,
    DRAWS,
    PAPER,
    PER_SUITE,
    suite_names,
    suite_prompts,
)

# Of the 400 captions, one a line. A change of this hash is a change of the benchmark.
SHA256 = "33a6ef1df4009c52d7f6e2d32d11cb520f394dd52a5f47cc24c6d4f637cb02f6"


def test_the_400_prompts_are_those_of_the_published_rule() -> None:
    prompts = lmd_prompts()
    assert Counter(prompt.task for prompt in prompts) == dict.fromkeys(TASKS, 100)
    by_task = {task: {prompt.caption for prompt in prompts if prompt.task == task} for task in TASKS}
    assert [len(captions) for captions in by_task.values()] == [10, 50, 100, 90]
    assert [prompt.index for prompt in prompts] == list(range(400))
    assert captions_sha256(prompts) == SHA256


def test_prompts_of_each_task_read_as_published() -> None:
    prompts = lmd_prompts()
    start = "A realistic photo of a scene "
    assert prompts[0].caption == start + "without backpacks"
    assert [prompts[100].caption, prompts[159].caption] == [start + "with one backpack", start + "with three laptops"]
    assert prompts[200].caption == start + "with a blue dog and a white bowl"
    assert prompts[300].caption == start + "with a bottle on the left and a dog on the right"
    assert prompts[300].queries == ("a bottle", "a dog")


def test_what_parameters_are_chosen_on_shares_no_thing_with_the_400_prompts() -> None:
    prompts = suite_prompts(DEVELOPMENT)
    assert Counter(prompt.task for prompt in prompts) == dict.fromkeys(TASKS, 100)
    shared = {query for prompt in lmd_prompts() for query in prompt.queries}
    nouns = {query.rpartition(" ")[2] for query in shared}
    assert not nouns & {query.rpartition(" ")[2] for prompt in prompts for query in prompt.queries}


def test_a_limit_takes_as_many_of_every_task_and_a_larger_one_goes_on() -> None:
    prompts = lmd_prompts()
    small, large = even_sample(prompts, 40), even_sample(prompts, 80)
    assert Counter(prompt.task for prompt in small) == dict.fromkeys(TASKS, 10)
    assert large[:40] == small
    assert len(set(even_sample(prompts, None))) == 400
    sides = Counter(prompt.caption.rpartition(" ")[2] for prompt in small if prompt.task == "spatial")
    assert set(sides) == {"left", "right", "top", "bottom"}
    assert len({prompt.caption for prompt in small if prompt.task == "negation"}) >= 9


@pytest.mark.parametrize("name", [name for name in suite_names() if name in (PAPER, DEVELOPMENT, *DRAWS)])
def test_every_caption_has_a_layout_that_passes_the_strict_rules(name: str) -> None:
    """The caption parser finds one, so neither the captions nor the rules contradict themselves."""
    prompts = suite_prompts(name)
    assert [strict_fault(prompt, parse_caption(prompt.caption)) for prompt in prompts] == [None] * len(prompts)


def test_harder_suites_have_a_hundred_different_captions_each() -> None:
    prompts = suite_prompts("harder")
    by_task = Counter(prompt.task for prompt in prompts)
    assert set(by_task.values()) == {PER_SUITE}
    assert len({prompt.caption for prompt in prompts if prompt.task != CHINESE}) == (len(by_task) - 1) * PER_SUITE


def test_chinese_twins_want_the_same_layouts() -> None:
    twins = suite_prompts(CHINESE)
    for twin, original in zip(twins, lmd_prompts(), strict=True):
        assert not twin.caption.isascii()
        assert layout_fault(twin, parse_caption(original.caption)) is None
    assert len({twin.caption for twin in twins}) == 250


def test_the_harder_suites_have_twins_with_the_same_rules() -> None:
    originals = [prompt for prompt in suite_prompts("harder") if prompt.task != CHINESE]
    twins = suite_prompts(CHINESE_HARDER)
    assert [(twin.task, twin.rules) for twin in twins] == [(prompt.task, prompt.rules) for prompt in originals]
    assert not any(char.isascii() and char.isalpha() for twin in twins for char in twin.caption)
    # Large and big are one word in Chinese.
    assert len({twin.caption for twin in twins}) > 0.97 * len(twins)
    by_task = {twin.task: twin.caption for twin in twins}
    assert by_task["contact"].count("在") == 1
    assert by_task["relations"].count("在") == 3
