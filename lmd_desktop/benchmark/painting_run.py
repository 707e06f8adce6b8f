"""Stage 2: every layout is painted by every method for every seed, and a judge looks at each picture at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeGuard, cast

from PIL import Image

from lmd_desktop.benchmark.journal import Journal, lines_under_others
from lmd_desktop.benchmark.planning_run import Results
from lmd_desktop.benchmark.progress import Estimate, OnDone
from lmd_desktop.benchmark.prompts import BenchmarkPrompt
from lmd_desktop.benchmark.rules import Seen, first_fault
from lmd_desktop.benchmark.variants import Variant, request_of
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.requests import RenderRequest, RenderResult, RenderSettings, record_of
from lmd_desktop.domain.scene import Scene
from lmd_desktop.judging.detection import Detection, Judge
from lmd_desktop.judging.verify import Attempt, verified
from lmd_desktop.storage.atomic import write_atomically
from lmd_desktop.storage.png_metadata import write_png
from lmd_desktop.storage.reading import JsonObject
from lmd_desktop.storage.render_codec import encode_request
from lmd_desktop.workers.messages import PlanJob, Rendered, RenderJob

PICTURES = "pictures"
VERIFIED_TOGETHER = 24  # enough to keep several painters busy; what is lost if a run is stopped


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture that is wanted: a prompt, painted by a variant with a seed."""

    prompt: BenchmarkPrompt
    variant: Variant
    run: int
    request: RenderRequest

    @property
    def key(self) -> str:
        return f"{self.variant.name}/{self.prompt.index:04d}-{self.run}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finished line as the tables read it."""

    variant: str
    task: str
    run: int
    index: int
    caption: str
    fault: str | None
    found: tuple[Detection, ...]
    seconds: float
    picture: str


def plan_shots(
    prompts: Sequence[BenchmarkPrompt],
    layouts: Mapping[int, Layout],
    variants: Sequence[Variant],
    *,
    seeds: int,
    settings: RenderSettings,
) -> tuple[Shot, ...]:
    """Every picture of a run: seed after seed, prompt after prompt, the methods side by side.

    ``seeds`` is for the variants that do not say themselves how many they want.
    """
    wanted = {variant.name: variant.seeds or seeds for variant in variants}
    return tuple(
        Shot(
            prompt,
            variant,
            run,
            request_of(variant, prompt.caption, layouts[prompt.index], index=prompt.index, run=run, settings=settings),
        )
        for run in range(max(wanted.values()))
        for prompt in prompts
        for variant in variants
        if run < wanted[variant.name]
    )


def paint_all(
    shots: Sequence[Shot],
    crew: Results,
    journal: Journal,
    judges: Mapping[str, Judge],
    *,
    model: str,
    device: str,
    folder: Path,
    on_done: OnDone,
    verifier: Judge | None = None,
) -> tuple[Verdict, ...]:
    """Paint and judge what the journal does not have yet. ``judges`` are by task, ``""`` is for all others.

    Pictures lie in a folder named after the journal. A line that cannot be read, or that was painted when the method
    had other parameters, counts as missing. What another judge has seen, and lies unchanged in the folder, is only
    looked at again. ``verifier`` looks at the pictures of variants with retries, and must not be one of the judges.
    """
    by_key = {shot.key: shot for shot in shots}
    judged_before = lines_under_others(journal, PICTURES, "judge")
    finished = {key for key, shot in by_key.items() if _is_of(journal.lines.get(key), shot)}
    estimate = Estimate("pictures", len(by_key), on_done)
    missing: list[PlanJob | RenderJob] = []
    tried_again: list[Shot] = []
    for key, shot in by_key.items():
        before = judged_before.get(key)
        if key not in finished and _is_of(before, shot) and (image := _kept_image(before, folder)) is not None:
            found = _found(shot, image, judges)
            journal.add(key, {**before, **_seen(shot, found)})
            finished.add(key)
        if key in finished:
            estimate.skip(is_right=read_verdict(journal.lines[key]).fault is None)
        elif shot.variant.retries:
            tried_again.append(shot)
        else:
            missing.append(RenderJob(key, model, shot.request, device, wants_preview=False))

    def keep(shot: Shot, result: RenderResult, attempts: int = 1) -> None:
        path = _save(result, folder / journal.path.stem / picture_path(shot))
        found = _found(shot, _image(result), judges)
        line = _line(shot, result, found, path.relative_to(folder))
        line = journal.add(shot.key, line if attempts == 1 else {**line, "attempts": attempts})
        estimate.add(is_right=read_verdict(line).fault is None)

    for job, event in crew.results(missing):
        keep(by_key[job.job_id], _result(event))
    if tried_again and verifier is None:
        raise ValueError(f"{tried_again[0].variant.name} needs a verifier")
    if verifier is not None:
        for first in range(0, len(tried_again), VERIFIED_TOGETHER):
            together = tried_again[first : first + VERIFIED_TOGETHER]
            for shot, result, attempts in _best_of(together, crew, verifier, model=model, device=device):
                keep(shot, result, attempts)
    return tuple(read_verdict(journal.lines[key]) for key in by_key)


def _best_of(
    shots: Sequence[Shot], crew: Results, verifier: Judge, *, model: str, device: str
) -> Iterator[tuple[Shot, RenderResult, int]]:
    """The picture in which the verifier finds most, with the seconds of all attempts, and how many there were.

    All first attempts are painted side by side, then all second ones of those that need them.
    """
    by_key = {shot.key: shot for shot in shots}
    seconds: dict[str, list[tuple[str, float]]] = {key: [] for key in by_key}
    attempts = {
        key: verified(shot.request, verifier, retries=shot.variant.retries, on_attempt=lambda number, attempt: None)
        for key, shot in by_key.items()
    }
    number, wanted = 0, {key: next(attempt) for key, attempt in attempts.items()}
    while wanted:
        number, jobs, wanted = number + 1, wanted, {}
        for job, event in crew.results(
            RenderJob(key, model, request, device, wants_preview=False) for key, request in jobs.items()
        ):
            result = _result(event)
            seconds[job.job_id].extend(result.seconds)
            try:
                wanted[job.job_id] = attempts[job.job_id].send(result)
            except StopIteration as finished:
                best: Attempt = finished.value
                yield by_key[job.job_id], replace(best.result, seconds=_by_stage(seconds[job.job_id])), number


def _by_stage(seconds: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    stages = dict.fromkeys(stage for stage, _ in seconds)
    return tuple((stage, sum(time for name, time in seconds if name == stage)) for stage in stages)


def _result(event: object) -> RenderResult:
    if not isinstance(event, Rendered):
        raise TypeError(f"the renderer answered with {type(event).__name__}")
    return event.result


def picture_path(shot: Shot) -> Path:
    """``lmd_plus/0105-0.png``; what a file name cannot hold is left out."""
    name = "".join(char if char.isalnum() or char in "_-." else "-" for char in shot.variant.name)
    return Path(name) / f"{shot.prompt.index:04d}-{shot.run}.png"


def picture_fault(prompt: BenchmarkPrompt, found: Sequence[Detection]) -> str | None:
    """What the rules find wrong with what a judge has seen, best first."""
    return first_fault(prompt.rules, [Seen(one.phrase, one.box) for one in found])


def read_verdict(line: JsonObject) -> Verdict:
    fault = line["fault"]
    found = cast(list[dict[str, object]], line["found"])
    return Verdict(
        variant=str(line["method"]),
        task=str(line["task"]),
        run=int(cast(int, line["run"])),
        index=int(cast(int, line["index"])),
        caption=str(line["caption"]),
        fault=None if fault is None else str(fault),
        found=tuple(_detection(one) for one in found),
        seconds=sum(cast(dict[str, float], line["seconds"]).values()),
        picture=str(line["picture"]),
    )


def _is_of(line: JsonObject | None, shot: Shot) -> TypeGuard[JsonObject]:
    """Whether a line is whole and was painted with the parameters that the method has now."""
    if line is None:
        return False
    try:
        read_verdict(line)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    now = dict(shot.variant.all_parameters)
    return line.get("all_parameters", now) == now


def _line(shot: Shot, result: RenderResult, found: Sequence[Detection], picture: Path) -> JsonObject:
    """Everything that is needed to paint the picture again and to judge it again without painting."""
    return {
        "method": shot.variant.name,
        "task": shot.prompt.task,
        "index": shot.prompt.index,
        "run": shot.run,
        "caption": shot.prompt.caption,
        **_seen(shot, found),
        "picture": picture.as_posix(),
        "pixels_sha256": hashlib.sha256(result.rgb).hexdigest(),
        "size": [result.size.width, result.size.height],
        "request": encode_request(result.request),
        "all_parameters": dict(shot.variant.all_parameters),
        "prompt": result.prompt,
        "negative_prompt": result.negative_prompt,
        "model": result.model,
        "model_sha256": result.model_sha256,
        "scheduler": result.scheduler,
        "device": result.device,
        "seconds": {stage: round(seconds, 3) for stage, seconds in result.seconds},
    }


def _found(shot: Shot, image: Image.Image, judges: Mapping[str, Judge]) -> list[Detection]:
    judge = judges.get(shot.prompt.task, judges[""])
    return judge.detect(image, list(shot.prompt.queries))


def _seen(shot: Shot, found: Sequence[Detection]) -> JsonObject:
    """The part of a line that a judge has a say in."""
    return {
        "fault": picture_fault(shot.prompt, found),
        "found": [{"phrase": one.phrase, "score": round(one.score, 4), "box": _numbers(one.box)} for one in found],
    }


def _kept_image(line: JsonObject, folder: Path) -> Image.Image | None:
    """The picture of a line, if it lies where it was put and is still the same."""
    try:
        with Image.open(folder / str(line["picture"])) as file:
            image = file.convert("RGB")
    except (OSError, ValueError):
        return None
    return image if hashlib.sha256(image.tobytes()).hexdigest() == line["pixels_sha256"] else None


def _save(result: RenderResult, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    record = record_of(result, None)
    write_atomically(path, write_png(result.size, result.rgb, record, Scene(start=result.request.layout)))
    return path


def _image(result: RenderResult) -> Image.Image:
    return Image.frombytes("RGB", (result.size.width, result.size.height), result.rgb)


def _numbers(box: Rect) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def _detection(entry: Mapping[str, object]) -> Detection:
    x, y, width, height = cast(list[int], entry["box"])
    return Detection(str(entry["phrase"]), float(cast(float, entry["score"])), Rect(x, y, width, height))
