"""Mangled answers never raise: a short run of the benchmark ``answers_fuzz``."""

from __future__ import annotations

from tests.benchmarks.answers_fuzz import fuzz


def test_mangled_answers_become_valid_layouts_questions_or_refusals() -> None:
    counts = fuzz(300, seed=1)
    assert counts["layouts"] > 50
    assert counts["refusals"] > 10
    assert counts["questions"] > 0
    assert counts["layouts"] + counts["questions"] + counts["refusals"] == 300
