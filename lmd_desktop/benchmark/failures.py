"""The page of what failed: every plan and every picture with its reason, method by method."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lmd_desktop.benchmark import markdown
from lmd_desktop.benchmark.painting_run import Verdict
from lmd_desktop.benchmark.planning_run import PlannedPrompt

KINDS = ("too few", "too many", "not there", "wrong place", "unwanted")


def failures_page(title: str, plans: Sequence[PlannedPrompt], verdicts: Sequence[Verdict], folder: Path) -> str:
    """Markdown. The method with the fewest failures comes first; pictures that lie in ``folder`` are linked."""
    lines = [f"# {title}", ""]
    wrong_plans = [plan for plan in plans if any(plan.faults.values())]
    if wrong_plans:
        titles = ("#", "Caption", "Raw", "After re-ask", "Strict, after re-ask")
        lines += ["## Layouts", "", *markdown.head(titles)]
        for plan in wrong_plans:
            faults = [plan.faults[name] or "" for name in ("raw", "asked_again", "strict_asked_again")]
            lines.append(markdown.row((str(plan.prompt.index), plan.prompt.caption, *faults)))
        lines.append("")
    by_method: dict[str, list[Verdict]] = {verdict.variant: [] for verdict in verdicts}
    for verdict in verdicts:
        if verdict.fault is not None:
            by_method[verdict.variant].append(verdict)
    painted = Counter(verdict.variant for verdict in verdicts)
    ranked = sorted(by_method, key=lambda method: len(by_method[method]) / painted[method])
    if any(by_method.values()):
        lines += ["## Pictures", "", *_overview(ranked, by_method, painted)]
    for method in ranked:
        if by_method[method]:
            lines += [f"### {method}", "", *markdown.head(("Picture", "Caption", "Reason", "Found"))]
            in_order = sorted(by_method[method], key=lambda verdict: (verdict.index, verdict.run))
            lines += [_picture_row(verdict, folder) for verdict in in_order]
            lines.append("")
    if len(lines) == 2:
        lines.append("Nothing.")
    return "\n".join(lines).rstrip("\n") + "\n"


def kind_of(fault: str) -> str:
    """What a reason amounts to; one of ``KINDS``."""
    counted = re.match(r"(\d+) × .*, wanted (\w+)$", fault)
    if counted is not None:
        seen, wanted = int(counted[1]), counted[2]
        return "unwanted" if wanted == "none" else "too few" if seen < int(wanted) else "too many"
    return "not there" if fault.startswith("no ") else "wrong place"


def _overview(ranked: Sequence[str], by_method: dict[str, list[Verdict]], painted: Counter[str]) -> list[str]:
    lines = markdown.head(("Method", "Failed", *(kind.capitalize() for kind in KINDS)))
    for method in ranked:
        kinds = Counter(kind_of(verdict.fault) for verdict in by_method[method] if verdict.fault is not None)
        counts = (str(kinds[kind]) for kind in KINDS)
        lines.append(markdown.row((f"`{method}`", f"{len(by_method[method])} of {painted[method]}", *counts)))
    return [*lines, ""]


def _picture_row(verdict: Verdict, folder: Path) -> str:
    found = "; ".join(
        f"{one.phrase} {one.score:.2f} at ({one.box.x}, {one.box.y}), {one.box.width}×{one.box.height}"
        for one in verdict.found
    )
    name = f"{verdict.index:04d}-{verdict.run}"
    picture = f"[{name}]({verdict.picture})" if (folder / verdict.picture).is_file() else name
    return markdown.row((picture, verdict.caption, verdict.fault or "", found or "nothing"))
