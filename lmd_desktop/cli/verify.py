"""``render --verify`` and ``--retries``: a judge looks at the picture, and what failed is painted again."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lmd_desktop.benchmark.judges import JUDGES, open_judges
from lmd_desktop.catalog import models_folder
from lmd_desktop.cli.describe import picture_data
from lmd_desktop.cli.jobs import Worker
from lmd_desktop.cli.scenes import OpenScene, add_picture
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.marks import summary
from lmd_desktop.domain.requests import MethodSpec, RenderRequest, RenderResult
from lmd_desktop.judging.detection import Judge
from lmd_desktop.judging.phrases import quoted
from lmd_desktop.judging.verify import Attempt, paint_verified, unread_boxes

MOST_RETRIES = 100


@dataclass(frozen=True, slots=True)
class Verifier:
    """Who looks, and how often it may be tried again."""

    judge: Judge
    name: str
    retries: int

    def add_best(
        self,
        renderer: Worker,
        opened: OpenScene,
        request: RenderRequest,
        paint: Callable[[RenderRequest], RenderResult],
        *,
        spec: MethodSpec,
        out: Path,
    ) -> tuple[OpenScene, dict[str, object]]:
        """The scene with the best picture of at most 1 + ``retries``, its marks in the record and in the JSON."""
        note = self.note_on(request.layout)
        if note:
            renderer.say(note)

        def told(number: int, attempt: Attempt) -> None:
            renderer.say(f"{'The picture' if number == 0 else f'Retry {number}'}: {summary(attempt.marks)}.")

        best = paint_verified(paint, request, self.judge, retries=self.retries, on_attempt=told)
        for note in best.result.notes:
            renderer.say(note)
        opened = add_picture(opened, best.result, out)
        *others, record = opened.content.renders
        noted = replace(record, note=f"{self.name} judge: {summary(best.marks)}", marks=best.marks)
        opened = replace(opened, content=replace(opened.content, renders=(*others, noted)))
        marks = [
            {"id": mark.box_id, "phrase": mark.phrase, "mark": mark.mark, "score": round(mark.score, 3)}
            for mark in best.marks
        ]
        data = picture_data(best.result, out.absolute(), opened.path.absolute(), spec)
        return opened, data | {"verified_by": self.name, "boxes": marks}

    def note_on(self, layout: Layout) -> str:
        """Which boxes the judge cannot check; empty if it can check all, UserError if it could check none."""
        unread = unread_boxes(layout, self.judge)
        if not unread:
            return ""
        phrases = quoted(box.phrase for box in unread)
        if len(unread) == len(layout.enabled_boxes):
            raise UserError(
                f"The {self.name} judge does not know {phrases}: there is no box that it could check.",
                "Choose a judge that reads any words with “--verify owlvit --judge-path DIR”.",
                exit_code=ExitCode.USAGE,
            )
        unchecked = "that box is" if len(unread) == 1 else "those boxes are"
        return f"The {self.name} judge does not know {phrases}: {unchecked} not checked."


def add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--verify", choices=JUDGES, help="a judge marks each box as found, wrong or missing")
    parser.add_argument("--judge-path", type=Path, metavar="DIR", help="the folder of an OWL-ViT or OWLv2")
    parser.add_argument("--retries", type=_retries, default=0, metavar="N", help="paint again what is not found")


def verifier_of(args: argparse.Namespace) -> Verifier | None:
    """The judge that was asked for, loaded; the starter judge if only retries were."""
    name = args.verify or ("starter" if args.retries else None)
    if name is None:
        if args.judge_path is not None:
            raise UserError(
                "“--judge-path” says where a judge lies, but none is asked to look.",
                "Add “--verify owlvit” or “--verify owlv2”, or leave “--judge-path” out.",
                exit_code=ExitCode.USAGE,
            )
        return None
    if args.count is not None or args.explain:
        raise UserError(
            "A verified picture is painted alone.", "Leave out --count and --explain.", exit_code=ExitCode.USAGE
        )
    if name != "starter" and args.judge_path is None:
        raise UserError(
            f"The judge {name} is not part of the app.",
            "Say where its folder lies with “--judge-path”.",
            exit_code=ExitCode.USAGE,
        )
    folder = args.judge_path or models_folder() / "starter" / "judge"
    return Verifier(open_judges(name, folder)[""], name, args.retries)


def _retries(text: str) -> int:
    """For argparse: how often it may be tried again."""
    if not (text.isascii() and text.isdecimal() and int(text) <= MOST_RETRIES):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of retries: it must be from 0 to {MOST_RETRIES}")
    return int(text)
