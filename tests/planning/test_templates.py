"""The system message is a template that a person may replace; a bad one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.planning.templates import MAX_LENGTH, bundled_template, model_size, render_template


def test_small_models_get_more_examples() -> None:
    small, large = (render_template(bundled_template(), size) for size in ("small", "large"))
    assert small.count("\n->\n") > large.count("\n->\n") >= 5
    assert "{%" not in small + large
    assert "\n\n\n" not in small + large


@pytest.mark.parametrize("size", ["small", "large"])
def test_every_size_gets_a_chinese_request_with_an_english_answer(size: str) -> None:
    text = render_template(bundled_template(), "small" if size == "small" else "large")
    assert "一只白色的猫头鹰" in text
    assert "a white owl" in text


@pytest.mark.parametrize(
    ("description", "size"),
    [
        ("llama 6M Q8_0", "small"),
        ("qwen3 4B Q4_K - Medium", "small"),
        ("qwen3 1.7B Q4_K - Medium", "small"),
        ("llama 8B Q4_K - Medium", "large"),
        ("llama 8x7B Q4_K - Medium", "large"),
        ("llama 70B Q4_K - Medium", "large"),
        ("no model", "small"),
    ],
)
def test_the_size_comes_from_the_models_description(description: str, size: str) -> None:
    assert model_size(description) == size


@pytest.mark.parametrize(
    "template",
    [
        "{% if size %}",
        "{{ sise }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ 1 / 0 }}",
        "{% include '/etc/passwd' %}",
        "{% for i in range(99999) %}{{ i }}{% endfor %}",
        "{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 60 + "{{ x }}",
        "{% set x = [1] %}" + "{% set x = [x, x] %}" * 60 + "{{ x }}",
        "{% set x %}{% endset %}" + "{% set x %}{{ x }}ab{{ x }}{% endset %}" * 60 + "{{ x }}",
        "{% for i in range(999) %}" * 3 + "{% endfor %}" * 3,
        "{% for i in range(9) %}" * 25 + "{% endfor %}" * 25,
        "{{ 'a' * 10**12 }}",
        "{{ 9 ** 9 ** 9999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 'a'.center(10**9) }}",
        "{{ 'a'|center(10**9) }}",
        "{{ lipsum(10**9) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ size|attr('__class__') }}",
        "{{ 1|round(10**9, 'ceil') }}",
        "{{ '" + "a" * 5000 + "'|replace('a', 'b' * 100000) }}",
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ " + "(" * 3000,
        "  ",
        "x" * (MAX_LENGTH + 1),
    ],
)
def test_a_template_that_does_not_work_is_told(template: str) -> None:
    with pytest.raises(UserError, match="The prompt template does not work: ") as caught:
        render_template(template, "small")
    assert caught.value.exit_code == ExitCode.USAGE
    assert Path("resources/planner/instructions.txt").as_posix() in caught.value.next_step
