"""The figures of a run: counts of stage 1, shares of stage 2 with their intervals, as JSON and as Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lmd_desktop.benchmark import markdown
from lmd_desktop.benchmark.painting_run import Verdict
from lmd_desktop.benchmark.planning_run import VERDICTS, PlannedPrompt
from lmd_desktop.benchmark.published import OWLV2, OWLVIT, STAGE1, STRICT_STAGE1, Published
from lmd_desktop.benchmark.statistics import Share, design_effect, wilson

VERDICT_TITLES = {
    "raw": "raw answer",
    "repaired": "repaired",
    "asked_again": "after re-ask",
    "fixed": "with the offered fixes",
    "strict_raw": "strict, raw",
    "strict_repaired": "strict, repaired",
    "strict_asked_again": "strict, after re-ask",
    "strict_fixed": "strict, with the offered fixes",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One method: a share for each task, overall, and what a picture cost.

    Pictures of one caption come out alike more often than chance would have it; ``spread`` is their design effect.
    """

    method: str
    tasks: Mapping[str, Share]
    seconds_per_picture: float
    spread: float = 1.0

    @property
    def overall(self) -> Share:
        return Share(sum(share.right for share in self.tasks.values()), sum(share.of for share in self.tasks.values()))

    @property
    def interval(self) -> tuple[float, float]:
        """Of the overall share, 95 %: Wilson's for as many pictures as would tell as much if they were independent."""
        return wilson(self.overall.value, self.overall.of / self.spread)


def plan_counts(plans: Sequence[PlannedPrompt], verdict: str) -> dict[str, Share]:
    """For every task, how many plans pass a check."""
    tasks = dict.fromkeys(plan.prompt.task for plan in plans)
    return {
        task: Share(
            sum(plan.faults[verdict] is None for plan in plans if plan.prompt.task == task),
            sum(plan.prompt.task == task for plan in plans),
        )
        for task in tasks
    }


def rows_of(verdicts: Sequence[Verdict], tasks: Sequence[str]) -> tuple[Row, ...]:
    """One row a method, in the order in which they were asked for."""
    rows: list[Row] = []
    for name in dict.fromkeys(verdict.variant for verdict in verdicts):
        own = [verdict for verdict in verdicts if verdict.variant == name]
        shares = {
            task: Share(
                sum(verdict.fault is None for verdict in own if verdict.task == task),
                sum(verdict.task == task for verdict in own),
            )
            for task in tasks
        }
        spread = design_effect((verdict.task, verdict.caption, verdict.fault is None) for verdict in own)
        rows.append(Row(name, shares, sum(verdict.seconds for verdict in own) / len(own), spread))
    return tuple(rows)


def stage1_data(plans: Sequence[PlannedPrompt], parsed: Sequence[PlannedPrompt]) -> dict[str, object]:
    """Counts over all tasks and per task, and the same for the caption parser alone."""
    return {**_counts(plans), "caption_parser": _counts(parsed)}


def row_data(row: Row) -> dict[str, object]:
    return {
        "method": row.method,
        **{task: round(share.value, 4) for task, share in row.tasks.items()},
        "overall": round(row.overall.value, 4),
        "interval": [round(edge, 4) for edge in row.interval],
        "seconds_per_picture": round(row.seconds_per_picture, 3),
        "pictures": row.overall.of,
    }


def published_data(judge: str) -> list[dict[str, object]]:
    """The published rows as shares; those of the same detector first."""
    return [
        {
            "layouts": row.layouts,
            "method": row.painter,
            "judge": name,
            "shares": [round(share / 100, 4) for share in row.shares],
        }
        for name, rows in _published(judge)
        for row in rows
    ]


def stage1_table(
    plans: Sequence[PlannedPrompt], parsed: Sequence[PlannedPrompt], *, planner: str, with_published: bool
) -> str:
    """Markdown: the planner, the caption parser, and (for the paper's captions) the published figures."""
    tasks = list(dict.fromkeys(plan.prompt.task for plan in plans))
    lines = markdown.head(("Layouts", "Check", *map(_title, tasks), "All", "95 % interval"))
    for name, group, titles in (
        (planner, plans, VERDICT_TITLES),
        ("caption parser alone", parsed, {"raw": "LMD rules", "strict_raw": "strict"}),
    ):
        for verdict, title in titles.items():
            shares = plan_counts(group, verdict)
            total = _sum(shares)
            cells = (name, title, *(str(share.right) for share in shares.values()))
            lines.append(markdown.row((*cells, f"{total.right}/{total.of}", markdown.percents(total.interval))))
    if with_published:
        for title, rows in (("published, LMD rules, %", STAGE1), ("published layouts, strict, %", STRICT_STAGE1)):
            lines += [markdown.row((f"*{row.layouts}*", f"*{title}*", *_percents(row), "")) for row in rows]
    return "\n".join(lines)


def stage2_table(rows: Sequence[Row], *, judge: str, layouts: str, with_published: bool) -> str:
    """Markdown in percent: our rows in bold type, below them what others published, in italics."""
    tasks = list(rows[0].tasks) if rows else []
    lines = markdown.head(
        ("Layouts", "Method", "Judge", *map(_title, tasks), "Overall", "95 % interval", "Pictures", "s/picture")
    )
    for row in rows:
        shares = (f"{100 * share.value:.0f}" for share in row.tasks.values())
        source = "none" if row.method == "plain" else layouts
        overall, seconds = f"**{100 * row.overall.value:.1f}**", f"{row.seconds_per_picture:.2f}"
        figures = (overall, markdown.percents(row.interval), str(row.overall.of), seconds)
        lines.append(markdown.row((source, f"**{row.method}**", judge, *shares, *figures)))
    if with_published:
        for name, published in _published(judge):
            lines += [
                markdown.row(
                    (f"*{row.layouts}*", f"*{row.painter}* (published)", f"*{name}*", *_percents(row), "", "", "")
                )
                for row in published
            ]
    return "\n".join(lines)


def _counts(plans: Sequence[PlannedPrompt]) -> dict[str, object]:
    by_verdict = {verdict: plan_counts(plans, verdict) for verdict in VERDICTS}
    tasks = dict.fromkeys(plan.prompt.task for plan in plans)
    totals = {verdict: _sum(shares).right for verdict, shares in by_verdict.items()}
    per_task = {
        task: {
            **{verdict: shares[task].right for verdict, shares in by_verdict.items()},
            "of": by_verdict[VERDICTS[0]][task].of,
        }
        for task in tasks
    }
    return {**totals, "of": len(plans), "tasks": per_task}


def _published(judge: str) -> tuple[tuple[str, tuple[Published, ...]], ...]:
    both = (("owlvit", OWLVIT), ("owlv2", OWLV2))
    return both[::-1] if judge == "owlv2" else both


def _sum(shares: Mapping[str, Share]) -> Share:
    return Share(sum(share.right for share in shares.values()), sum(share.of for share in shares.values()))


def _percents(row: Published) -> tuple[str, ...]:
    return (*(f"{share:.0f}" for share in row.shares[:-1]), f"{row.shares[-1]:.1f}")


def _title(task: str) -> str:
    return task.replace("_", " ").capitalize()
