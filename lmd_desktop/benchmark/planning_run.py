"""Stage 1: every caption is planned once; the raw answer, its repair and what the app takes in the end are checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lmd_desktop.benchmark.caption_parser import parse_caption
from lmd_desktop.benchmark.journal import Journal
from lmd_desktop.benchmark.layouts import layout_fault, raw_layout, strict_fault
from lmd_desktop.benchmark.progress import Estimate, OnDone
from lmd_desktop.benchmark.prompts import BenchmarkPrompt
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import USUAL_CANDIDATES, PlanRequest, PlanResult
from lmd_desktop.domain.scene import Scene, add_request
from lmd_desktop.planning.checks import Answer
from lmd_desktop.planning.lines import to_planner
from lmd_desktop.planning.meaning import with_all_fixes
from lmd_desktop.planning.review import review
from lmd_desktop.storage.codec import decode_layout, encode_layout
from lmd_desktop.storage.reading import Fields, FormatError, JsonObject
from lmd_desktop.workers.messages import PlanJob, Planned, Rendered, RenderJob

CHECKS = ("raw", "repaired", "asked_again", "fixed")
VERDICTS = (*CHECKS, *(f"strict_{check}" for check in CHECKS))


class Results(Protocol):
    """The part of a crew that a run needs."""

    def results(
        self, jobs: Iterable[PlanJob | RenderJob]
    ) -> Iterator[tuple[PlanJob | RenderJob, Planned | Rendered]]: ...


@dataclass(frozen=True, slots=True)
class PlannedPrompt:
    """What the planner made of a caption; ``faults`` are None where a check passes.

    ``layout`` is what the app takes in the end: of the first answer and those that were asked for afterwards the one
    with the fewest violations, with its repairs.
    """

    prompt: BenchmarkPrompt
    layout: Layout
    faults: Mapping[str, str | None]


def plan_all(
    prompts: Sequence[BenchmarkPrompt], crew: Results, journal: Journal, *, model: str, on_done: OnDone
) -> tuple[PlannedPrompt, ...]:
    """Plan what the journal does not have yet; the seed of a plan is the index of its prompt."""
    by_key = {plan_key(prompt): prompt for prompt in prompts}
    estimate = Estimate("plans", len(prompts), on_done)
    missing: list[PlanJob | RenderJob] = []
    for key, prompt in by_key.items():
        if _can_be_read(prompt, journal.lines.get(key)):
            estimate.skip(is_right=_is_right(journal.lines[key]))
        else:
            request = plan_request(Scene(), prompt.caption, seed=prompt.index)
            missing.append(PlanJob(key, model, request))
    for job, event in crew.results(missing):
        if not isinstance(event, Planned):
            raise TypeError(f"the planner answered with {type(event).__name__}")
        line = journal.add(job.job_id, plan_line(by_key[job.job_id], event.result))
        estimate.add(is_right=_is_right(line))
    return tuple(read_plan(prompt, journal.lines[key]) for key, prompt in by_key.items())


def plan_request(scene: Scene, text: str, *, seed: int) -> PlanRequest:
    """The next turn of a dialog, as the app asks for it."""
    asked = add_request(scene, text)
    return PlanRequest(asked.dialog.path(), scene.layout, text, seed, candidates=USUAL_CANDIDATES)


def plan_key(prompt: BenchmarkPrompt) -> str:
    return f"{prompt.index:04d}"


def plan_line(prompt: BenchmarkPrompt, result: PlanResult) -> JsonObject:
    """``raw`` is the first answer, whatever was asked for once more afterwards."""
    raw = result.answers[0] if result.answers else result.raw
    return {
        "index": prompt.index,
        "task": prompt.task,
        "caption": prompt.caption,
        "seed": result.seed,
        "model": result.model,
        "model_sha256": result.model_sha256,
        "raw": raw,
        "later_answers": list(result.answers[1:]),
        "asked_again": list(result.asked_again),
        "repairs": list(result.repairs),
        "layout": encode_layout(result.layout),
        "notes": list(result.notes),
        "seconds": round(result.seconds, 3),
        "faults": dict(_faults(prompt, raw, result.layout)),
    }


def faults_of(prompt: BenchmarkPrompt, raw: Layout, repaired: Layout, final: Layout) -> Mapping[str, str | None]:
    """The verdicts on a plan: the paper's rules on its layouts, then the strict ones.

    ``fixed`` is the last layout with every one-click fix that the app offers for it.
    """
    layouts = (raw, repaired, final, with_all_fixes(prompt.caption, final))
    found = [fault(prompt, layout) for fault in (layout_fault, strict_fault) for layout in layouts]
    return dict(zip(VERDICTS, found, strict=True))


def first_repaired(request: PlanRequest, raw: str) -> Layout:
    """The first answer with its repairs, as if the planner had not been asked again."""
    answer = Answer(to_planner(request.layout))
    lines = raw.split("\n")
    for line in lines:
        answer.add(line)
    if answer.is_empty:
        return request.layout
    layout, _ = answer.layout(is_whole=lines[-1] == "" and any(line.startswith("neg") for line in lines))
    return review(request, layout).layout


def _faults(prompt: BenchmarkPrompt, raw: str, final: Layout) -> Mapping[str, str | None]:
    repaired = first_repaired(plan_request(Scene(), prompt.caption, seed=prompt.index), raw)
    return faults_of(prompt, raw_layout(raw, final.canvas), repaired, final)


def read_plan(prompt: BenchmarkPrompt, line: JsonObject) -> PlannedPrompt:
    """A line of the journal; its verdicts are made anew, so that a mended rule counts at once."""
    fields = Fields(line, f"plan {prompt.index}", [])
    layout = decode_layout(fields.child("layout"))
    return PlannedPrompt(prompt, layout, _faults(prompt, fields.text("raw"), layout))


def _can_be_read(prompt: BenchmarkPrompt, line: JsonObject | None) -> bool:
    """Whether a plan lies there whole; a line that somebody damaged is planned again."""
    try:
        return line is not None and bool(read_plan(prompt, line))
    except FormatError:
        return False


def parsed_plans(prompts: Sequence[BenchmarkPrompt]) -> tuple[PlannedPrompt, ...]:
    """What the caption parser alone makes of the captions: a layout by rules is raw and repaired at once."""
    layouts = [(prompt, parse_caption(prompt.caption)) for prompt in prompts]
    return tuple(PlannedPrompt(prompt, layout, faults_of(prompt, layout, layout, layout)) for prompt, layout in layouts)


def _is_right(line: JsonObject) -> bool:
    faults = line.get("faults")
    return isinstance(faults, dict) and faults.get("asked_again") is None
