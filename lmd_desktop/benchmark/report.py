"""Writes what a run found: results.json, benchmark.md with its chart and examples, failures.md."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lmd_desktop.benchmark.chart import draw_chart
from lmd_desktop.benchmark.failures import failures_page
from lmd_desktop.benchmark.painting_run import Verdict
from lmd_desktop.benchmark.planning_run import PlannedPrompt
from lmd_desktop.benchmark.prompts import TASKS
from lmd_desktop.benchmark.published import OWLV2, OWLVIT
from lmd_desktop.benchmark.sheet import draw_sheet
from lmd_desktop.benchmark.tables import (
    published_data,
    row_data,
    rows_of,
    stage1_data,
    stage1_table,
    stage2_table,
)
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Layout
from lmd_desktop.storage.atomic import write_atomically

RESULTS, REPORT, FAILURES = "results.json", "benchmark.md", "failures.md"
CHART, SHEET = "benchmark-chart.png", "benchmark-examples.png"
IMAGES = "images"
BEGIN, END = "<!-- benchmark -->", "<!-- /benchmark -->"


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything a report is made of; ``plans`` or ``verdicts`` are empty if that stage was not asked for."""

    suite: str
    command: str
    settings: Mapping[str, object]
    plans: tuple[PlannedPrompt, ...] = ()
    parsed: tuple[PlannedPrompt, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    layouts: Mapping[int, Layout] | None = None
    planner: str = ""
    layouts_from: str = ""
    judge: str = ""

    @property
    def tasks(self) -> tuple[str, ...]:
        in_plans = [plan.prompt.task for plan in self.plans]
        found = dict.fromkeys([*in_plans, *(verdict.task for verdict in self.verdicts)])
        return tuple(sorted(found, key=lambda task: TASKS.index(task) if task in TASKS else len(TASKS)))

    @property
    def is_paper(self) -> bool:
        """Whether published figures are for these very prompts."""
        return self.suite == "lmd"


def results_data(findings: Findings) -> dict[str, object]:
    """The stable JSON of the command."""
    rows = rows_of(findings.verdicts, findings.tasks)
    return {
        "stage1": stage1_data(findings.plans, findings.parsed) if findings.plans else None,
        "rows": [row_data(row) for row in rows],
        "published": published_data(findings.judge) if findings.is_paper and rows else [],
        "suite": findings.suite,
        "settings": dict(findings.settings),
    }


def write_report(findings: Findings, folder: Path, page: Path) -> dict[str, object]:
    """All files; the page may lie elsewhere (in the documentation), its images beside it. Returns the JSON."""
    data = results_data(findings)
    write_atomically(folder / RESULTS, json.dumps(data, ensure_ascii=False, indent=2).encode() + b"\n")
    title = f"What failed: suite “{findings.suite}”"
    failed = failures_page(title, findings.plans, findings.verdicts, folder)
    write_atomically(folder / FAILURES, failed.encode())
    images = page.parent / IMAGES
    if findings.verdicts:
        images.mkdir(parents=True, exist_ok=True)
        rows = rows_of(findings.verdicts, findings.tasks)
        published = (OWLV2 if findings.judge == "owlv2" else OWLVIT) if findings.is_paper else ()
        _save(draw_chart(rows, published, title=f"Suite {findings.suite}: share of pictures that obey"), images / CHART)
        _save(draw_sheet(findings.verdicts, findings.layouts or {}, folder), images / SHEET)
    write_atomically(page, report_page(findings, folder, page.parent).encode())
    return data


def report_page(findings: Findings, folder: Path, beside: Path) -> str:
    """Markdown with the tables, the chart and the sheet; ``folder`` has the run's files, ``beside`` the page."""
    parts = [
        f"# Benchmark: suite “{findings.suite}”",
        f"Made by `{findings.command}`; do not edit by hand.",
        _settings_text(findings.settings),
    ]
    if findings.plans:
        parts += [
            "## Stage 1: from the caption to boxes",
            f"Layouts of {len(findings.plans)} captions that pass. *Raw* is the model's answer word for word (the "
            "static grammar keeps it in form, no literal comes from the caption), *repaired* what code makes of that, "
            "*after re-ask* what the app takes in the end: a broken meaning is asked for once more, and the better "
            "answer wins, *with the offered fixes* what a person gets who takes every fix that the app offers then. "
            "*Strict* asks more than the paper: in the canvas, overlap at most 0.05, no extra boxes, the negative "
            "prompt names what is unwanted, edges apart. The caption parser is a set of rules without any model: for "
            "captions made from templates it is hard to beat, and outside of them it is lost.",
            stage1_table(findings.plans, findings.parsed, planner=findings.planner, with_published=findings.is_paper),
        ]
    if findings.verdicts:
        rows = rows_of(findings.verdicts, findings.tasks)
        table = stage2_table(
            rows, judge=findings.judge, layouts=findings.layouts_from, with_published=findings.is_paper
        )
        parts += [
            "## Stage 2: from boxes to the picture",
            "Share of pictures in which the judge finds what the caption asks for, in percent. The 95 % interval is "
            "Wilson's for the effective number of pictures: those of one caption (the rule repeats captions, seeds "
            "repeat them all) come out alike more often than chance would have it, and count for less. **Bold** rows "
            "were measured here; *italic* rows were published by others, with other painters and other judges on other "
            "pictures: their distance to ours is no comparison, their order among themselves is what ours should show. "
            "`plain` gets the caption alone, without boxes and negative prompt.",
            table,
            f"![Bars with intervals]({IMAGES}/{CHART})",
            "The first prompts of each task, not chosen by outcome; green frames obey, red ones do not.",
            f"![Examples]({IMAGES}/{SHEET})",
        ]
    if findings.plans or findings.verdicts:
        parts.append(f"[What failed]({_relative(folder / FAILURES, beside)}), with the reason and what was found.")
    return "\n\n".join(part for part in parts if part) + "\n"


def write_excerpt(findings: Findings, page: Path, images: Path) -> None:
    """Our rows and the sheet between the two marks of another page, instead of what was there.

    ``images`` is the folder of the sheet. Raises UserError as ``around_marks`` does.
    """
    before, after = around_marks(page)
    rows = rows_of(findings.verdicts, findings.tasks)
    table = stage2_table(rows, judge=findings.judge, layouts=findings.layouts_from, with_published=False)
    sheet = f"![Examples]({_relative(images / SHEET, page.parent)})"
    parts = (f"{before}{BEGIN}", f"Made by `{findings.command}`.", table, sheet, END)
    write_atomically(page, ("\n\n".join(parts) + after).encode())


def around_marks(page: Path) -> tuple[str, str]:
    """What stands before and after the place for the table. Raises UserError if there is no such page or place."""
    try:
        text = page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"“{page}” cannot be read.", "Name a Markdown file.", exit_code=ExitCode.USAGE) from error
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UserError(
            f"“{page}” has no place for the table.",
            f"Write “{BEGIN}” and “{END}” on two lines where it shall stand.",
            exit_code=ExitCode.USAGE,
        )
    return before, after


def _relative(path: Path, beside: Path) -> str:
    """As a link in a page that lies ``beside`` it."""
    return Path(os.path.relpath(path, beside)).as_posix()


def _settings_text(settings: Mapping[str, object]) -> str:
    return " · ".join(f"{name.replace('_', ' ')}: {value}" for name, value in settings.items() if value is not None)


def _save(image: Image.Image, path: Path) -> None:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    write_atomically(path, buffer.getvalue())
