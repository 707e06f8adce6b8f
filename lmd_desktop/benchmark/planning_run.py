"""Stage 1: every caption is planned once, and both the raw answer and the repaired layout are checked."""

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
from lmd_desktop.domain.requests import PlanRequest, PlanResult
from lmd_desktop.domain.scene import Scene, add_request
from lmd_desktop.storage.codec import decode_layout, encode_layout
from lmd_desktop.storage.reading import Fields, JsonObject
from lmd_desktop.workers.messages import PlanJob, Planned, Rendered, RenderJob

VERDICTS = ("raw", "repaired", "strict_raw", "strict_repaired")


class Results(Protocol):
    """The part of a crew that a run needs."""

    def results(
        self, jobs: Iterable[PlanJob | RenderJob]
    ) -> Iterator[tuple[PlanJob | RenderJob, Planned | Rendered]]: ...


@dataclass(frozen=True, slots=True)
class PlannedPrompt:
    """What the planner made of a caption; ``faults`` are None where a check passes."""

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
        if key in journal.lines:
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
    return PlanRequest(asked.dialog.path(), scene.layout, text, seed)


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
        "faults": dict(faults_of(prompt, raw_layout(raw, result.layout.canvas), result.layout)),
    }


def faults_of(prompt: BenchmarkPrompt, raw: Layout, repaired: Layout) -> Mapping[str, str | None]:
    """The four verdicts on a plan."""
    found = (
        layout_fault(prompt, raw),
        layout_fault(prompt, repaired),
        strict_fault(prompt, raw),
        strict_fault(prompt, repaired),
    )
    return dict(zip(VERDICTS, found, strict=True))


def read_plan(prompt: BenchmarkPrompt, line: JsonObject) -> PlannedPrompt:
    """A line of the journal; its verdicts are made anew, so that a mended rule counts at once."""
    fields = Fields(line, f"plan {prompt.index}", [])
    layout = decode_layout(fields.child("layout"))
    return PlannedPrompt(prompt, layout, faults_of(prompt, raw_layout(fields.text("raw"), layout.canvas), layout))


def parsed_plans(prompts: Sequence[BenchmarkPrompt]) -> tuple[PlannedPrompt, ...]:
    """What the caption parser alone makes of the captions: a layout by rules is raw and repaired at once."""
    layouts = [(prompt, parse_caption(prompt.caption)) for prompt in prompts]
    return tuple(PlannedPrompt(prompt, layout, faults_of(prompt, layout, layout)) for prompt, layout in layouts)


def _is_right(line: JsonObject) -> bool:
    faults = line.get("faults")
    return isinstance(faults, dict) and faults.get("repaired") is None
