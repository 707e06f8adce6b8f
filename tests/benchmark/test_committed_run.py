"""The run in ``docs/benchmark``: its lines, the tables made of them, and the README say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lmd_desktop.benchmark.painting_run import picture_fault, read_verdict
from lmd_desktop.benchmark.prompts import TASKS, lmd_prompts
from lmd_desktop.benchmark.report import BEGIN, END
from lmd_desktop.benchmark.tables import row_data, rows_of
from lmd_desktop.catalog import file_sha256
from lmd_desktop.catalog.painter_folder import parts_sha256

REPOSITORY = Path(__file__).parents[2]
RUN = REPOSITORY / "docs" / "benchmark"


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RUN / "results.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """Once each: two runs that go on side by side may both paint the same picture."""
    return list({line["key"]: line for line in _lines()}.values())


def _lines() -> Iterator[dict[str, Any]]:
    for path in sorted(RUN.glob("pictures-*.jsonl")):
        for text in path.read_text(encoding="utf-8").splitlines():
            line: dict[str, Any] = json.loads(text)
            if "key" in line:
                yield line


def test_every_line_is_of_the_painter_that_is_shipped(lines: list[dict[str, Any]]) -> None:
    painter = parts_sha256(REPOSITORY / "models" / "starter" / "painter")
    assert {line["model_sha256"] for line in lines} == {painter}


def test_the_rules_find_in_every_line_what_it_says(lines: list[dict[str, Any]]) -> None:
    prompts = {prompt.index: prompt for prompt in lmd_prompts()}
    verdicts = [read_verdict(line) for line in lines]
    assert [verdict.fault for verdict in verdicts] == [
        picture_fault(prompts[verdict.index], verdict.found) for verdict in verdicts
    ]
    assert all(prompts[verdict.index].caption == verdict.caption for verdict in verdicts)


def test_the_tables_are_those_of_the_lines(lines: list[dict[str, Any]], results: dict[str, Any]) -> None:
    counted = {row.method: row_data(row) for row in rows_of([read_verdict(line) for line in lines], TASKS)}
    assert [counted[row["method"]] for row in results["rows"]] == results["rows"]
    assert all(row["pictures"] % 400 == 0 for row in results["rows"])


def test_page_and_readme_show_the_rows(results: dict[str, Any]) -> None:
    page = (REPOSITORY / "docs" / "benchmark.md").read_text(encoding="utf-8")
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    excerpt = readme[readme.index(BEGIN) : readme.index(END)]
    for row in results["rows"]:
        shown = [f"**{row['method']}**", f"**{100 * row['overall']:.1f}**"]
        for text in (page, excerpt):
            assert any(all(part in line for part in shown) for line in text.splitlines()), row["method"]


@pytest.mark.parametrize("suite", ["harder", "chinese", "chinese_harder", "multi_round"])
def test_the_harder_suites_are_of_the_planner_that_is_shipped(suite: str) -> None:
    found = json.loads((RUN / suite / "results.json").read_text(encoding="utf-8"))
    (planner,) = (REPOSITORY / "models" / "starter" / "planner").glob("*.gguf")
    assert found["settings"]["planner"].split()[1] == file_sha256(planner)[:12]


def test_the_readme_says_of_the_planner_what_was_measured() -> None:
    readme = " ".join((REPOSITORY / "README.md").read_text(encoding="utf-8").split())
    for suite, sentence in (
        ("harder", "{:.1f} % of 900 harder ones"),
        ("chinese", "{:.1f} % of 400 Chinese ones"),
        ("multi_round", "of follow-up requests {:.0f} % are done"),
    ):
        stage1 = json.loads((RUN / suite / "results.json").read_text(encoding="utf-8"))["stage1"]
        assert sentence.format(100 * stage1["asked_again"] / stage1["of"]) in readme
