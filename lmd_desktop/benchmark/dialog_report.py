"""Writes what came of the dialogs: results.json, the page with the table, and what went wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmd_desktop.benchmark import markdown
from lmd_desktop.benchmark.dialog_run import (
    JudgedTurn,
    dialog_data,
    lock_share,
    turn_share,
    untouched_share,
)
from lmd_desktop.benchmark.dialogs import KINDS
from lmd_desktop.benchmark.planning_run import CHECKS
from lmd_desktop.benchmark.report import FAILURES, RESULTS
from lmd_desktop.benchmark.statistics import Share
from lmd_desktop.benchmark.tables import VERDICT_TITLES
from lmd_desktop.storage.atomic import write_atomically


@dataclass(frozen=True, slots=True)
class DialogFindings:
    """Everything that the page is made of."""

    suite: str
    command: str
    settings: Mapping[str, object]
    planner: str
    turns: tuple[JudgedTurn, ...]


def write_dialog_report(findings: DialogFindings, folder: Path, page: Path) -> dict[str, object]:
    """All files; returns the stable JSON of the command."""
    data: dict[str, object] = {
        "stage1": dialog_data(findings.turns),
        "rows": [],
        "published": [],
        "suite": findings.suite,
        "settings": dict(findings.settings),
    }
    write_atomically(folder / RESULTS, json.dumps(data, ensure_ascii=False, indent=2).encode() + b"\n")
    write_atomically(folder / FAILURES, _failures(findings.turns).encode())
    write_atomically(page, dialog_page(findings).encode())
    return data


def dialog_page(findings: DialogFindings) -> str:
    """Markdown."""
    turns = findings.turns
    lines = [
        f"# Benchmark: suite “{findings.suite}”",
        f"Made by `{findings.command}`; do not edit by hand.",
        " · ".join(f"{name}: {value}" for name, value in findings.settings.items()),
        "## Dialogs with hand edits and locks",
        f"{len(turns)} requests in {len({turn.dialog for turn in turns})} dialogs of three to five. A turn is right if "
        "what was asked is done, locked boxes are exactly as they were and every other box keeps its phrase and its "
        "place (intersection over union at least 0.9). *Raw* is the first answer word for word (locked lines are "
        "written by the grammar), *repaired* what code makes of it, *after re-ask* what the app takes in the end, "
        "*with the offered fixes* what a person gets who takes every fix that the app offers then.",
        _table(turns, findings.planner),
        f"Boxes that are neither locked nor named and stay before any repair: {_percent(untouched_share(turns))}. "
        f"Locked boxes exactly as they were: {_percent(lock_share(turns))}.",
    ]
    return "\n\n".join(lines) + "\n"


def _table(turns: Sequence[JudgedTurn], planner: str) -> str:
    titles = ("Layouts", "Check", *(kind.capitalize() for kind in KINDS), "All", "95 % interval")
    lines = markdown.head(titles)
    for check in CHECKS:
        shares = [turn_share(turns, check, kind) for kind in KINDS]
        total = turn_share(turns, check)
        cells = [f"{share.right}/{share.of}" for share in (*shares, total)]
        lines.append(markdown.row((planner, VERDICT_TITLES[check], *cells, markdown.percents(total.interval))))
    return "\n".join(lines)


def _failures(turns: Sequence[JudgedTurn]) -> str:
    lines = ["# What failed in the dialogs", "", *markdown.head(("Dialog", "Request", "Raw", "After re-ask"))]
    lines += [
        markdown.row((str(turn.dialog), turn.request, turn.faults["raw"] or "", turn.faults["asked_again"] or ""))
        for turn in turns
        if any(turn.faults.values())
    ]
    return "\n".join(lines) + "\n"


def _percent(share: Share) -> str:
    return f"{share.right} of {share.of} ({100 * share.value:.1f} %)"
