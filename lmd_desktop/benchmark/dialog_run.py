"""Stage 1 over several turns: each dialog with its hand edits and locks is led with the planner, turn after turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from lmd_desktop.benchmark.dialogs import KINDS, Dialog, DialogTurn, lock_fault, turn_fault, untouched_count
from lmd_desktop.benchmark.journal import Journal
from lmd_desktop.benchmark.planning_run import CHECKS, Results, first_repaired, plan_request
from lmd_desktop.benchmark.progress import Estimate, OnDone
from lmd_desktop.benchmark.statistics import Share
from lmd_desktop.domain.layout import Box, colour_for
from lmd_desktop.domain.requests import PlanResult
from lmd_desktop.domain.scene import Scene, add_plan, add_request, edit_layout
from lmd_desktop.planning.lines import BoxLine, parse_line, write_answer
from lmd_desktop.planning.meaning import with_all_fixes
from lmd_desktop.storage.reading import JsonObject
from lmd_desktop.workers.messages import PlanJob, Planned

SEEDS_APART = 100


@dataclass(frozen=True, slots=True)
class JudgedTurn:
    """What came of one turn. ``untouched`` and ``locks`` are about the raw answer: (kept, of)."""

    dialog: int
    kind: str
    request: str
    faults: Mapping[str, str | None]
    untouched: Share
    locks: Share


def lead_dialogs(
    dialogs: Sequence[Dialog], crew: Results, journal: Journal, *, model: str, on_done: OnDone
) -> tuple[JudgedTurn, ...]:
    """Lead the dialogs that the journal does not have yet; a line of it is a whole dialog."""
    estimate = Estimate("dialogs", len(dialogs), on_done)
    for dialog in dialogs:
        key = f"{dialog.index:03d}"
        is_known = key in journal.lines
        if not is_known:
            journal.add(key, {"index": dialog.index, "turns": _led(dialog, crew, model)})
        is_right = all(turn.faults["asked_again"] is None for turn in read_turns(journal.lines[key]))
        (estimate.skip if is_known else estimate.add)(is_right=is_right)
    return tuple(turn for dialog in dialogs for turn in read_turns(journal.lines[f"{dialog.index:03d}"]))


def read_turns(line: JsonObject) -> tuple[JudgedTurn, ...]:
    """The turns of one line of the journal."""
    return tuple(
        JudgedTurn(
            dialog=cast(int, line["index"]),
            kind=str(turn["kind"]),
            request=str(turn["request"]),
            faults=cast(dict[str, str | None], turn["faults"]),
            untouched=Share(*cast(list[int], turn["untouched"])),
            locks=Share(*cast(list[int], turn["locks"])),
        )
        for turn in cast(list[dict[str, object]], line["turns"])
    )


def dialog_data(turns: Sequence[JudgedTurn]) -> dict[str, object]:
    """Counts over all turns and per kind of request, whole dialogs, untouched boxes and locks."""
    dialogs = dict.fromkeys(turn.dialog for turn in turns)
    whole = {
        check: sum(all(turn.faults[check] is None for turn in turns if turn.dialog == dialog) for dialog in dialogs)
        for check in CHECKS
    }
    untouched, locks = untouched_share(turns), lock_share(turns)
    return {
        **{check: turn_share(turns, check).right for check in CHECKS},
        "of": len(turns),
        "tasks": {
            kind: {
                **{check: turn_share(turns, check, kind).right for check in CHECKS},
                "of": turn_share(turns, "raw", kind).of,
            }
            for kind in KINDS
        },
        "dialogs": {**whole, "of": len(dialogs)},
        "untouched_before_repair": {"kept": untouched.right, "of": untouched.of},
        "locks_exact": {"kept": locks.right, "of": locks.of},
    }


def turn_share(turns: Sequence[JudgedTurn], check: str, kind: str | None = None) -> Share:
    own = [turn for turn in turns if kind in (None, turn.kind)]
    return Share(sum(turn.faults[check] is None for turn in own), len(own))


def untouched_share(turns: Sequence[JudgedTurn]) -> Share:
    """Of the boxes that are neither locked nor named, those that the raw answer left where they were."""
    return Share(sum(turn.untouched.right for turn in turns), sum(turn.untouched.of for turn in turns))


def lock_share(turns: Sequence[JudgedTurn]) -> Share:
    """Of the locked boxes, those that came out of a turn exactly as they were."""
    return Share(sum(turn.locks.right for turn in turns), sum(turn.locks.of for turn in turns))


def _led(dialog: Dialog, crew: Results, model: str) -> list[JsonObject]:
    scene = Scene(start=dialog.start)
    lines: list[JsonObject] = []
    for number, turn in enumerate(dialog.turns):
        scene = edit_layout(scene, turn.before)
        seed = dialog.index * SEEDS_APART + number
        request = plan_request(scene, turn.request, seed=seed)
        ((_, event),) = crew.results([PlanJob(f"{dialog.index:03d}-{number}", model, request)])
        if not isinstance(event, Planned):
            raise TypeError(f"the planner answered with {type(event).__name__}")
        result = event.result
        raw = result.answers[0] if result.answers else result.raw
        faults = {
            "raw": turn_fault(turn, raw_boxes(raw)),
            "repaired": turn_fault(turn, first_repaired(request, raw).boxes),
            "asked_again": turn_fault(turn, result.layout.boxes),
            "fixed": turn_fault(turn, with_all_fixes(turn.request, result.layout, request.layout).boxes),
        }
        lines.append(_line(turn, result, raw, faults))
        scene = add_plan(
            add_request(scene, turn.request),
            turn.expected,
            raw=write_answer(turn.expected),
            model=result.model,
            model_sha256=result.model_sha256,
            seed=seed,
        )
    return lines


def raw_boxes(raw: str) -> tuple[Box, ...]:
    """The boxes of an answer under the ids that it gives them; a second box under one id gets another one."""
    boxes: dict[str, Box] = {}
    for text in raw.splitlines():
        line = parse_line(text)
        if isinstance(line, BoxLine):
            box_id = line.id if line.id not in boxes else f"{line.id} again {len(boxes)}"
            boxes[box_id] = Box(box_id, line.phrase, line.rect, colour_for(line.id))
    return tuple(boxes.values())


def _line(turn: DialogTurn, result: PlanResult, raw: str, faults: Mapping[str, str | None]) -> JsonObject:
    locked = [box for box in turn.before.boxes if box.is_locked]
    exact = sum(
        lock_fault(replace(turn, before=replace(turn.before, boxes=(box,))), result.layout.boxes) is None
        for box in locked
    )
    return {
        "kind": turn.kind,
        "request": turn.request,
        "raw": raw,
        "later_answers": list(result.answers[1:]),
        "asked_again": list(result.asked_again),
        "repairs": list(result.repairs),
        "seconds": round(result.seconds, 3),
        "faults": dict(faults),
        "untouched": list(untouched_count(turn, raw_boxes(raw))),
        "locks": [exact, len(locked)],
    }
