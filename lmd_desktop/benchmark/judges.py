"""Which judge looks at which task's pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.judging.detection import Judge

JUDGES = ("starter", "owlvit", "owlv2")
COLOUR_TASKS = ("attribution", "swaps", "negated_attributes")


def open_judges(name: str, folder: Path) -> Mapping[str, Judge]:
    """A judge for every task that needs one of its own, and ``""`` for the others; raises UserError."""
    if not folder.is_dir():
        raise UserError(
            f"There is no folder “{folder}” with a judge.",
            "Give the folder that holds its config.json and model.safetensors.",
            exit_code=ExitCode.MODEL_MISSING,
        )
    if name == "starter":
        from lmd_desktop.judging.starter_judge import StarterJudge, is_starter_judge

        if not is_starter_judge(folder):
            raise UserError(
                f"There is no starter judge in “{folder}”.",
                "Leave the path out, or say which judge it is: owlvit or owlv2.",
                exit_code=ExitCode.MODEL_MISSING,
            )
        return {"": StarterJudge(folder)}
    from lmd_desktop.judging.owl import OWLV2_COLOUR_PROTOCOL, OWLV2_PROTOCOL, OWLVIT_PROTOCOL, OwlDetector, OwlJudge

    detector = OwlDetector(folder)
    if detector.family != name:
        raise UserError(
            f"The judge in “{folder}” is {detector.family}, not {name}.",
            f"Ask for {detector.family}, or give another folder.",
            exit_code=ExitCode.USAGE,
        )
    if name == "owlvit":
        return {"": OwlJudge(detector, OWLVIT_PROTOCOL)}
    strict = OwlJudge(detector, OWLV2_COLOUR_PROTOCOL)
    return {"": OwlJudge(detector, OWLV2_PROTOCOL), **dict.fromkeys(COLOUR_TASKS, strict)}
