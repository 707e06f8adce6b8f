"""Tables in Markdown, as every page of the benchmark has them."""

from __future__ import annotations

from collections.abc import Sequence


def head(titles: Sequence[str]) -> list[str]:
    """The two lines that a table begins with."""
    return [row(titles), row(["---"] * len(titles))]


def row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def percents(edges: tuple[float, float]) -> str:
    """An interval of shares: ``91.1–94.8 %``."""
    low, high = edges
    return f"{100 * low:.1f}–{100 * high:.1f} %"
