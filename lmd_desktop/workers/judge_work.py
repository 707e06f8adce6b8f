"""What the renderer process does beside painting: look at a finished picture and say which boxes came out."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.workers.child import Job
from lmd_desktop.workers.messages import Judged, JudgeJob

if TYPE_CHECKING:
    from lmd_desktop.judging.detection import Judge


class JudgeWork:
    """Keeps the judge between pictures."""

    def __init__(self) -> None:
        self._judge: Judge | None = None
        self._folder = ""

    def run(self, command: JudgeJob, job: Job) -> Judged:
        from PIL import Image

        from lmd_desktop.judging.verify import mark_boxes

        if self._judge is None or self._folder != command.model:
            job.progress("load", 0, 1, 0)
            self._judge, self._folder = _open(Path(command.model)), command.model
        job.check()
        job.progress("judge", 0, 1, 0)
        with Image.open(io.BytesIO(command.png), formats=["PNG"]) as image:
            marks = mark_boxes(image.convert("RGB"), command.layout, self._judge)
        return Judged(job.id, marks)


def _open(folder: Path) -> Judge:
    """By what its configuration says it is; raises UserError."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"There is no judge in “{folder}”.",
            "Choose the folder of an OWL-ViT or OWLv2, or the judge that came with the app.",
            exit_code=ExitCode.MODEL_MISSING,
        ) from error
    if isinstance(config, dict) and "things" in config:
        from lmd_desktop.judging.starter_judge import StarterJudge

        return StarterJudge(folder)
    from lmd_desktop.judging.owl import OWLV2_PROTOCOL, OWLVIT_PROTOCOL, OwlDetector, OwlJudge

    detector = OwlDetector(folder)
    return OwlJudge(detector, OWLVIT_PROTOCOL if detector.family == "owlvit" else OWLV2_PROTOCOL)
