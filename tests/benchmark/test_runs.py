"""Both stages on small real parts: what is asked, judged, kept, resumed and written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageColor, ImageDraw

from lmd_desktop.benchmark.failures import kind_of
from lmd_desktop.benchmark.given_layouts import given_layouts
from lmd_desktop.benchmark.journal import Journal
from lmd_desktop.benchmark.painting_run import Verdict, paint_all, plan_shots
from lmd_desktop.benchmark.planning_run import VERDICTS, PlannedPrompt, parsed_plans, plan_all, plan_line
from lmd_desktop.benchmark.progress import Done, Estimate
from lmd_desktop.benchmark.prompts import even_sample, lmd_prompts
from lmd_desktop.benchmark.report import Findings, around_marks, write_excerpt, write_report
from lmd_desktop.benchmark.tables import stage1_table
from lmd_desktop.benchmark.variants import read_variants, request_of
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Layout, Rect, Size
from lmd_desktop.domain.requests import MethodSpec, Parameter, PlanResult, RenderResult, RenderSettings
from lmd_desktop.judging.detection import Detection, Judge
from lmd_desktop.planning.lines import write_answer
from lmd_desktop.rendering.methods import method_specs
from lmd_desktop.storage.png_metadata import read_png
from lmd_desktop.workers.messages import PlanJob, Planned, Rendered, RenderJob

SIZE = Size(64, 64)
SPECS = (
    MethodSpec(
        "lmd_plus", "LMD+", "", (Parameter("per_box", "", "", "bool", True), Parameter("scale", "", "", "float", 1.0))
    ),
    MethodSpec("plain", "Plain", ""),
)
PROMPTS = even_sample(lmd_prompts(), 8)


class SmallPlanner:
    """Answers with the caption parser's layout in the line format; counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def results(self, jobs: Iterable[PlanJob | RenderJob]) -> Iterator[tuple[PlanJob | RenderJob, Planned | Rendered]]:
        by_caption = {plan.prompt.caption: plan.layout for plan in parsed_plans(PROMPTS)}
        for job in jobs:
            assert isinstance(job, PlanJob)
            self.asked.append(job.job_id)
            layout = by_caption[job.request.text]
            result = PlanResult(layout, write_answer(layout), "small", "0" * 64, job.request.seed)
            yield job, Planned(job.job_id, result)


class SmallPainter:
    """Paints each box as a square of the box's colour; ``stop_after`` pictures the person presses Ctrl-C."""

    def __init__(self, stop_after: int = 1000) -> None:
        self.asked: list[str] = []
        self._stop_after = stop_after

    def results(self, jobs: Iterable[PlanJob | RenderJob]) -> Iterator[tuple[PlanJob | RenderJob, Planned | Rendered]]:
        for job in jobs:
            assert isinstance(job, RenderJob)
            if len(self.asked) == self._stop_after:
                raise KeyboardInterrupt
            self.asked.append(job.job_id)
            image = Image.new("RGB", (SIZE.width, SIZE.height), "white")
            draw = ImageDraw.Draw(image)
            for box in job.request.layout.boxes:
                x, y = box.rect.x // 8, box.rect.y // 8
                draw.rectangle((x, y, x + box.rect.width // 8, y + box.rect.height // 8), fill=box.colour)
            yield job, Rendered(
                job.job_id,
                RenderResult(
                    job.request, SIZE, image.tobytes(), "p", "", "m", "0" * 64, "cpu", (("denoise", 0.5),)
                ),
            )  # fmt: skip


class InkJudge:
    """Sees every asked phrase once if there is ink in the picture, the first one leftmost and topmost."""

    def detect(self, image: Image.Image, phrases: list[str]) -> list[Detection]:
        ink = [colour for _, colour in image.getcolors(4096) or [] if colour != ImageColor.getrgb("white")]
        boxes = [Rect(20 * place, 20 * place, 10, 10) for place in range(len(phrases))]
        return [Detection(phrase, 0.9, box) for phrase, box in zip(phrases, boxes, strict=True)] if ink else []


def plan(folder: Path, planner: SmallPlanner) -> tuple[PlannedPrompt, ...]:
    return plan_all(PROMPTS, planner, Journal(folder, "plans", {}), model="small.gguf", on_done=lambda done: None)


def paint(folder: Path, painter: SmallPainter, judge: Judge | None = None) -> tuple[Verdict, ...]:
    """Judged by ink, or by another judge, who then is a setting."""
    settings = {"judge": type(judge).__name__}
    layouts = {plan.prompt.index: plan.layout for plan in parsed_plans(PROMPTS)}
    variants = read_variants("plain,lmd_plus:per_box=no", SPECS)
    shots = plan_shots(PROMPTS, layouts, variants, seeds=2, settings=RenderSettings(num_inference_steps=3))
    return paint_all(
        shots, painter, Journal(folder, "pictures", settings), {"": judge or InkJudge()}, model="m", device="cpu",
        folder=folder, on_done=lambda done: None,
    )  # fmt: skip


def test_a_second_run_plans_only_what_is_missing(tmp_path: Path) -> None:
    first, second = SmallPlanner(), SmallPlanner()
    plans = plan(tmp_path, first)
    assert [sum(not fault for fault in planned.faults.values()) for planned in plans] == [8] * 8
    assert plan(tmp_path, second) == plans
    assert (len(first.asked), second.asked) == (8, [])


def test_the_raw_answer_is_the_first_one_not_the_one_that_was_asked_for_afterwards() -> None:
    prompt = next(prompt for prompt in PROMPTS if prompt.task == "numeracy")
    layout = parsed_plans([prompt])[0].layout
    result = PlanResult(
        layout, write_answer(layout), "small", "", 1, answers=("bg a room\nneg \n", write_answer(layout))
    )
    assert plan_line(prompt, result)["faults"] == {
        "raw": "0 × backpack, wanted 1",
        "repaired": "0 × backpack, wanted 1",
        "asked_again": None,
        "fixed": None,
        "strict_raw": "0 × backpack, wanted 1",
        "strict_repaired": "0 × backpack, wanted 1",
        "strict_asked_again": None,
        "strict_fixed": None,
    }


def test_a_stopped_run_keeps_its_pictures_and_the_next_one_goes_on(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        paint(tmp_path, SmallPainter(stop_after=5))
    rest = SmallPainter()
    verdicts = paint(tmp_path, rest)
    assert (len(rest.asked), len(verdicts)) == (27, 32)
    assert paint(tmp_path, SmallPainter(stop_after=0)) == verdicts


def test_a_line_has_everything_to_paint_the_picture_again(tmp_path: Path) -> None:
    paint(tmp_path, SmallPainter())
    line = Journal(tmp_path, "pictures", {"judge": "NoneType"}).lines["lmd_plus:per_box=no/0137-1"]
    record = read_png(tmp_path / str(line["picture"])).record
    assert record is not None
    assert record.request.seed == 1_000_137
    assert record.request.parameters == (("per_box", False),)
    assert record.request.num_inference_steps == 3
    assert (line["model_sha256"], line["prompt"], line["device"]) == ("0" * 64, "p", "cpu")
    assert isinstance(line["request"], dict)


def test_the_baseline_gets_the_caption_and_nothing_else() -> None:
    (baseline, guided) = read_variants("plain, lmd_plus:scale=2.5", SPECS)
    layout = parsed_plans(PROMPTS)[1].layout
    plain = request_of(baseline, "two cats", layout, index=7, run=0, settings=RenderSettings())
    assert (plain.prompt, plain.layout, plain.seed) == ("two cats", Layout(), 7)
    other = request_of(guided, "two cats", layout, index=7, run=2, settings=RenderSettings())
    assert (other.prompt, other.layout, other.seed) == (None, layout, 2_000_007)
    assert other.parameters == (("scale", 2.5),)


class BlindJudge:
    """Finds nothing in any picture."""

    def detect(self, image: Image.Image, phrases: list[str]) -> list[Detection]:
        return []


def test_another_judge_looks_at_the_same_pictures_and_only_lost_ones_are_painted_again(tmp_path: Path) -> None:
    first = paint(tmp_path, SmallPainter())
    (tmp_path / first[0].picture).unlink()
    Image.new("RGB", (64, 64)).save(tmp_path / first[1].picture)
    painter = SmallPainter()
    second = paint(tmp_path, painter, BlindJudge())
    assert len(painter.asked) == 2
    assert [verdict.picture for verdict in second[2:]] == [verdict.picture for verdict in first[2:]]
    assert not {verdict.picture for verdict in first} & {verdict.picture for verdict in second[:2]}
    assert not any(verdict.found for verdict in second)
    assert sum(verdict.fault is None for verdict in second) < sum(verdict.fault is None for verdict in first)
    assert paint(tmp_path, SmallPainter(stop_after=0)) == first


def test_what_was_painted_with_other_parameters_or_is_damaged_is_painted_again(tmp_path: Path) -> None:
    first = paint(tmp_path, SmallPainter())
    journal = Journal(tmp_path, "pictures", {"judge": "NoneType"})
    assert journal.lines["plain/0000-0"]["all_parameters"] == {}
    line = journal.lines["lmd_plus:per_box=no/0000-0"]
    assert line["all_parameters"] == {"per_box": False, "scale": 1.0}
    journal.add(str(line["key"]), {**line, "all_parameters": {"per_box": False, "scale": 0.5}})
    journal.add("plain/0000-1", {"fault": None})
    painter = SmallPainter()
    assert paint(tmp_path, painter) == first
    assert sorted(painter.asked) == ["lmd_plus:per_box=no/0000-0", "plain/0000-1"]


def test_suites_do_not_paint_over_each_other(tmp_path: Path) -> None:
    first, second = paint(tmp_path, SmallPainter()), paint(tmp_path, SmallPainter(), BlindJudge())
    for verdict in (*first, *second):
        assert (tmp_path / verdict.picture).is_file()
    line = Journal(tmp_path, "pictures", {"judge": "NoneType"}).lines["plain/0000-0"]
    assert str(line["picture"]).startswith("pictures-")


def test_a_damaged_plan_is_planned_again(tmp_path: Path) -> None:
    plans = plan(tmp_path, SmallPlanner())
    Journal(tmp_path, "plans", {}).add("0000", {"layout": 3})
    planner = SmallPlanner()
    assert plan(tmp_path, planner) == plans
    assert planner.asked == ["0000"]


def test_published_layouts_stand_beside_the_papers_captions_only() -> None:
    parsed = parsed_plans(PROMPTS)
    assert "*GPT-4*" in stage1_table(parsed, parsed, planner="small", with_published=True)
    assert "*GPT-4*" not in stage1_table(parsed, parsed, planner="small", with_published=False)


def test_failures_say_what_kind_they_are() -> None:
    kinds = {
        "0 × car, wanted 2": "too few",
        "3 × car, wanted 2": "too many",
        "2 × cat, wanted none": "unwanted",
        "no red car": "not there",
        "a cat not left of a cup": "wrong place",
    }
    assert {fault: kind_of(fault) for fault in kinds} == kinds


def test_what_a_verifier_does_not_find_is_painted_again_and_all_attempts_cost(tmp_path: Path) -> None:
    prompts = [prompt for prompt in PROMPTS if prompt.task == "numeracy"][:1]
    layouts = {plan.prompt.index: plan.layout for plan in parsed_plans(prompts)}
    variants = read_variants("lmd_plus,lmd_plus:retries=2", SPECS)
    shots = plan_shots(prompts, layouts, variants, seeds=1, settings=RenderSettings(num_inference_steps=3))
    painter, journal = SmallPainter(), Journal(tmp_path, "pictures", {})
    verdicts = paint_all(
        shots, painter, journal, {"": InkJudge()}, model="m", device="cpu", folder=tmp_path,
        on_done=lambda done: None, verifier=BlindJudge(),
    )  # fmt: skip
    assert [verdict.variant for verdict in verdicts] == ["lmd_plus", "lmd_plus:retries=2"]
    assert [verdict.seconds for verdict in verdicts] == [0.5, 1.5]
    assert len(painter.asked) == 4
    assert journal.lines[shots[1].key]["attempts"] == 3
    with pytest.raises(ValueError, match="needs a verifier"):
        paint_all(
            shots[1:], painter, Journal(tmp_path / "b", "pictures", {}), {"": InkJudge()}, model="m", device="cpu",
            folder=tmp_path, on_done=lambda done: None,
        )  # fmt: skip


def test_the_ablations_of_lmd_plus_leave_one_part_out_each() -> None:
    """Read with the parameters that the method really has."""
    variants = read_variants("plain,ablations", method_specs())
    assert [variant.name for variant in variants[:2]] == ["plain", "lmd_plus"]
    assert [variant.parameters for variant in variants[2:]] == [
        (("per_box", False),),
        (("guided_ratio", 0.0),),
        (("grounding_ratio", 0.0),),
        (("reference_weight", 0.0),),
    ]


def test_a_row_may_have_seeds_of_its_own_and_keeps_its_name_and_place() -> None:
    variants = read_variants("plain,lmd_plus:scale=2,plain:seeds=3,lmd_plus:seeds=2:scale=2", SPECS)
    assert [(variant.name, variant.seeds) for variant in variants] == [("plain", 3), ("lmd_plus:scale=2", 2)]
    layouts = {plan.prompt.index: plan.layout for plan in parsed_plans(PROMPTS)}
    shots = plan_shots(
        PROMPTS, layouts, (*variants, *read_variants("lmd_plus", SPECS)), seeds=1, settings=RenderSettings()
    )
    runs = Counter((shot.variant.name, shot.run) for shot in shots)
    assert set(runs) == {
        *(("plain", run) for run in range(3)),
        *(("lmd_plus:scale=2", run) for run in range(2)),
        ("lmd_plus", 0),
    }
    assert set(runs.values()) == {len(PROMPTS)}


@pytest.mark.parametrize(
    "text",
    [
        "magic",
        "lmd_plus:nose=1",
        "lmd_plus:per_box=perhaps",
        "lmd_plus:scale=big",
        "lmd_plus:retries=0",
        "plain:seeds=x",
        " , ",
    ],
)
def test_an_unknown_method_or_value_is_told(text: str) -> None:
    with pytest.raises(UserError):
        read_variants(text, SPECS)


def test_stage_two_takes_the_plans_of_an_earlier_run(tmp_path: Path) -> None:
    plans = plan(tmp_path, SmallPlanner())
    (path,) = tmp_path.glob("plans-*.jsonl")
    layouts, _ = given_layouts(str(path), PROMPTS[:4])
    assert layouts == {planned.prompt.index: planned.layout for planned in plans[:4]}
    with pytest.raises(UserError, match="no layout for"):
        given_layouts(str(path), lmd_prompts())


def test_the_report_has_our_rows_and_the_published_ones_apart(tmp_path: Path) -> None:
    verdicts = paint(tmp_path, SmallPainter())
    plans = plan(tmp_path, SmallPlanner())
    layouts = {planned.prompt.index: planned.layout for planned in plans}
    findings = Findings(
        "lmd", "lmd-desktop benchmark", {}, plans, parsed_plans(PROMPTS), verdicts, layouts, "small", "small", "starter"
    )
    data = write_report(findings, tmp_path, tmp_path / "docs.md")
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8")) == data
    stage1, rows = data["stage1"], data["rows"]
    assert isinstance(stage1, dict)
    assert isinstance(rows, list)
    assert [stage1[key] for key in VERDICTS] == [8] * 8
    assert stage1["tasks"]["spatial"] == {**dict.fromkeys(VERDICTS, 2), "of": 2}
    plain, guided = rows
    # The baseline paints no box, so the judge sees no ink: nothing is there, also not what is unwanted.
    assert [plain[task] for task in ("negation", "numeracy", "attribution", "spatial")] == [1, 0, 0, 0]
    assert (plain["overall"], plain["interval"]) == (0.25, [0.1018, 0.495])
    assert (guided["method"], guided["attribution"]) == ("lmd_plus:per_box=no", 1)
    assert guided["seconds_per_picture"] == 0.5
    page = (tmp_path / "docs.md").read_text(encoding="utf-8")
    assert "| **plain** |" in page
    assert "| *LMD+* (published) |" in page
    failures = (tmp_path / "failures.md").read_text(encoding="utf-8")
    assert "/plain/0100-0.png)" in failures
    assert "| `plain` | 12 of 16 | " in failures
    assert "0 × backpack, wanted 1" in failures
    for name in ("benchmark-chart.png", "benchmark-examples.png"):
        with Image.open(tmp_path / "images" / name) as image:
            assert len(image.convert("RGB").getcolors(10_000_000) or []) > 3


def test_the_table_and_the_sheet_go_between_the_marks_of_another_page(tmp_path: Path) -> None:
    verdicts = paint(tmp_path, SmallPainter())
    layouts = {planned.prompt.index: planned.layout for planned in plan(tmp_path, SmallPlanner())}
    findings = Findings("lmd", "lmd-desktop benchmark", {}, verdicts=verdicts, layouts=layouts, judge="starter")
    readme = tmp_path / "README.md"
    readme.write_text("# App\n<!-- benchmark -->\nold\n<!-- /benchmark -->\n## Next\n", encoding="utf-8")
    write_excerpt(findings, readme, tmp_path / "docs" / "images")
    text = readme.read_text(encoding="utf-8")
    assert "| **plain** |" in text
    assert "![Examples](docs/images/benchmark-examples.png)" in text
    assert "old" not in text
    assert around_marks(readme) == ("# App\n", "\n## Next\n")
    write_excerpt(findings, readme, tmp_path / "docs" / "images")
    assert readme.read_text(encoding="utf-8") == text
    (tmp_path / "other.md").write_text("<!-- /benchmark --> <!-- benchmark -->", encoding="utf-8")
    for page in ("other.md", "none.md"):
        with pytest.raises(UserError):
            around_marks(tmp_path / page)


def test_the_estimate_counts_only_what_this_run_has_done() -> None:
    told: list[Done] = []
    seconds = iter((0.0, 10.0, 20.0))
    estimate = Estimate("plans", 10, told.append, clock=lambda: next(seconds))
    for _ in range(6):
        estimate.skip(is_right=True)
    estimate.add(is_right=False)
    estimate.add(is_right=True)
    assert [(done.done, done.seconds_left) for done in told] == [(7, 30.0), (8, 20.0)]
    assert told[-1].so_far.right == 7
