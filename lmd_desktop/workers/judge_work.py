"""What the renderer process does beside painting: look at a finished picture and say which boxes came out."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.marks import BoxMark
from lmd_desktop.workers.child import Job
from lmd_desktop.workers.messages import Judged, JudgeJob

Look = Callable[[bytes, Layout], tuple[BoxMark, ...]]


class JudgeWork:
    """Keeps the judge between pictures."""

    def __init__(self) -> None:
        self._look: Look | None = None
        self._folder = ""

    def run(self, command: JudgeJob, job: Job) -> Judged:
        if self._look is None or self._folder != command.model:
            job.progress("load", 0, 1, 0)
            self._look, self._folder = _open(Path(command.model)), command.model
        job.check()
        job.progress("judge", 0, 1, 0)
        return Judged(job.id, self._look(command.png, command.layout))


def _open(folder: Path) -> Look:
    """A judge by what its configuration says it is; raises UserError."""
    from PIL import Image

    from lmd_desktop.judging.owl import OWLV2_PROTOCOL, OWLVIT_PROTOCOL, OwlDetector, OwlJudge
    from lmd_desktop.judging.phrases import quoted
    from lmd_desktop.judging.starter_judge import StarterJudge, is_starter_judge
    from lmd_desktop.judging.verify import mark_boxes, unread_boxes

    if is_starter_judge(folder):
        judge = StarterJudge(folder)
    elif (folder / "config.json").is_file():
        detector = OwlDetector(folder)
        judge = OwlJudge(detector, OWLVIT_PROTOCOL if detector.family == "owlvit" else OWLV2_PROTOCOL)
    else:
        raise UserError(
            f"There is no judge in “{folder}”.",
            "Choose the folder of an OWL-ViT or OWLv2, or the judge that came with the app.",
            exit_code=ExitCode.MODEL_MISSING,
        )

    def look(png: bytes, layout: Layout) -> tuple[BoxMark, ...]:
        unread = unread_boxes(layout, judge)
        if unread and len(unread) == len(layout.enabled_boxes):
            raise UserError(
                f"The judge knows none of the things in the boxes: {quoted(box.phrase for box in unread)}.",
                "Choose the folder of an OWL-ViT or OWLv2 as the judge in the render panel under “Painter parts”: it "
                "reads any words.",
                exit_code=ExitCode.USAGE,
            )
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            return mark_boxes(image.convert("RGB"), layout, judge)

    return look
