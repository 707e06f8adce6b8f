"""Twenty rounds of dialog with hand edits and locks: ``python -m tests.benchmarks.twenty_rounds``.

Before each request the person may move, add, rename, lock or unlock boxes by hand, or go back to an earlier turn. After
each answer every locked box must be exactly as the person left it. Prints one JSON object; ends with 1 if one is not.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lmd_desktop.domain.edits import add_box, delete_boxes, lock_boxes, move_box, rename_box, unlock_boxes
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.requests import PlanRequest
from lmd_desktop.domain.scene import Plan, Scene, add_plan, add_request, edit_layout, go_to
from lmd_desktop.planning.planner import Planner

MODEL = Path(__file__).parents[2] / "models/starter/planner/planner-starter-q8_0.gguf"
REQUESTS = (
    "a red car on the left of a blue cup, without cats",
    "add a green tree",
    "make the cup yellow",
    "move the car to the right",
    "add two dogs",
    "make the tree bigger",
    "undo that",
    "remove the cup",
    "change the background to a beach",
    "no birds",
    "add a lamp to the left of the tree",
    "swap the car and the tree",
    "make everything bigger",
    "one more dog",
    "put it back",
    "paint the lamp purple",
    "no dogs after all",
    "add a white boat at the bottom",
    "make it a painting",
    "move the boat up",
)


@dataclass(frozen=True, slots=True)
class Round:
    """What one request did."""

    request: str
    locked: int
    intact: bool
    boxes: int
    evaluated: int
    reused: int
    refused: str = ""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    planner = Planner(arguments.model)
    started = time.perf_counter()
    try:
        scene, rounds = lead(planner, arguments.seed)
    finally:
        planner.close()
    lost = [round_.request for round_ in rounds if not round_.intact]
    report = {
        "model": planner.name,
        "rounds": len(rounds),
        "rounds_with_locks": sum(round_.locked > 0 for round_ in rounds),
        "locks_checked": sum(round_.locked for round_ in rounds),
        "locks_intact": not lost,
        "lost_in": lost,
        "refused": [round_.request for round_ in rounds if round_.refused],
        "turns": len(scene.dialog.turns),
        "locked_at_the_end": [box.phrase for box in scene.layout.boxes if box.is_locked],
        "tokens_evaluated": sum(round_.evaluated for round_ in rounds),
        "tokens_reused": sum(round_.reused for round_ in rounds),
        "seconds": round(time.perf_counter() - started, 1),
    }
    print(json.dumps(report, ensure_ascii=False))
    sys.exit(1 if lost else 0)


def lead(planner: Planner, seed: int) -> tuple[Scene, list[Round]]:
    """The dialog to its end; a request that the planner cannot answer leaves the canvas as it is."""
    rng = random.Random(seed)
    scene = Scene()
    rounds: list[Round] = []
    for number, text in enumerate(REQUESTS):
        scene = _by_hand(rng, scene, number)
        before = scene.layout
        asked = add_request(scene, text)
        request = PlanRequest(asked.dialog.path(), before, text, seed + number)
        try:
            result = planner.plan(
                request, check=lambda: None, on_box=lambda box: None, on_progress=lambda *progress: None
            )
        except UserError as error:
            rounds.append(Round(text, _locks(before), True, len(before.boxes), 0, 0, error.cause))
            continue
        scene = add_plan(
            asked, result.layout, raw=result.raw, model=result.model, model_sha256=result.model_sha256, seed=result.seed
        )
        rounds.append(
            Round(
                text,
                _locks(before),
                locks_are_intact(before, result.layout),
                len(result.layout.boxes),
                result.tokens_evaluated,
                result.tokens_reused,
            )
        )
    return scene, rounds


def locks_are_intact(before: Layout, after: Layout) -> bool:
    """Whether every locked box is exactly as it was, with all that belongs to it."""
    return all(after.has_box(box.id) and after.box(box.id) == box for box in before.boxes if box.is_locked)


def _locks(layout: Layout) -> int:
    return sum(box.is_locked for box in layout.boxes)


def _by_hand(rng: random.Random, scene: Scene, number: int) -> Scene:
    """What the person does before a request: a lock in the second round, then something in most of them."""
    if number == 0:
        return scene
    if number in (9, 16):
        # Back to an earlier answer: what follows is a branch.
        plans = [turn.id for turn in scene.dialog.path() if isinstance(turn, Plan)]
        scene = go_to(scene, plans[-2] if len(plans) > 1 else plans[-1])
    edits: list[Callable[[random.Random, Layout], Layout]] = [_lock] if number == 1 else []
    edits += rng.choices((_lock, _move, _add_locked, _rename, _unlock, _delete, _nothing), k=rng.randint(1, 2))
    layout = scene.layout
    for edit in edits:
        layout = edit(rng, layout)
    return edit_layout(scene, layout)


def _lock(rng: random.Random, layout: Layout) -> Layout:
    return lock_boxes(layout, [rng.choice(layout.boxes).id]) if layout.boxes else layout


def _unlock(rng: random.Random, layout: Layout) -> Layout:
    locked = [box.id for box in layout.boxes if box.is_locked]
    return unlock_boxes(layout, [rng.choice(locked)]) if len(locked) > 2 else layout


def _move(rng: random.Random, layout: Layout) -> Layout:
    """To any pixel: what is shown to the planner is rounded, what is locked must not be."""
    if not layout.boxes:
        return layout
    box = rng.choice(layout.boxes)
    x = rng.randrange(layout.canvas.width - box.rect.width + 1)
    return move_box(layout, box.id, x, rng.randrange(layout.canvas.height - box.rect.height + 1))


def _add_locked(rng: random.Random, layout: Layout) -> Layout:
    if len(layout.boxes) > 8:
        return layout
    rect = Rect(rng.randrange(380), rng.randrange(380), rng.randint(33, 131), rng.randint(33, 131))
    layout = add_box(layout, rng.choice(("a yellow book", "an old clock", "a cat", "a bowl")), rect)
    return lock_boxes(layout, [layout.boxes[-1].id])


def _rename(rng: random.Random, layout: Layout) -> Layout:
    return rename_box(layout, rng.choice(layout.boxes).id, "a wooden chair") if layout.boxes else layout


def _delete(rng: random.Random, layout: Layout) -> Layout:
    free = [box.id for box in layout.boxes if not box.is_locked]
    return delete_boxes(layout, [rng.choice(free)]) if len(free) > 2 else layout


def _nothing(rng: random.Random, layout: Layout) -> Layout:
    return layout


if __name__ == "__main__":
    main()
