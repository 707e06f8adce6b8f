"""The options that put something beside a painter's weights: another VAE, LoRAs, GLIGEN layers, Segment Anything."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from lmd_desktop.catalog.file_kinds import unusable
from lmd_desktop.domain.painter import Lora, PainterParts, Refinement


def add_parts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vae", type=Path, metavar="DIR_OR_FILE", help="decode with this VAE instead of the painter's")
    parser.add_argument(
        "--lora",
        type=lora,
        action="append",
        default=[],
        metavar="FILE[:WEIGHT]",
        help="add this LoRA, by this much (default: 1); may be given several times",
    )
    parser.add_argument("--gligen", type=Path, metavar="DIR_OR_FILE", help="add these GLIGEN layers to the painter")
    parser.add_argument(
        "--segmenter", type=Path, metavar="DIR", help="a Segment Anything model, for methods that cut out by it"
    )
    parser.add_argument(
        "--refiner",
        type=refinement,
        metavar="DIR_OR_FILE[:STRENGTH]",
        help="let the SDXL refiner enlarge and finish the picture (default: 0.3)",
    )
    parser.add_argument(
        "--compile", action="store_true", help="compile the painter first: minutes once, then faster on graphics cards"
    )
    parser.add_argument("--allow-pickle", action="store_true", help="open .ckpt and .bin files too; only their weights")


def chosen_parts(args: argparse.Namespace) -> PainterParts:
    """Of parsed arguments, with absolute paths; UserError if one of them does not exist."""
    parts = PainterParts(
        vae=args.vae.resolve() if args.vae is not None else None,
        loras=tuple(args.lora),
        gligen=args.gligen.resolve() if args.gligen is not None else None,
        refinement=args.refiner,
        segmenter=args.segmenter.resolve() if args.segmenter is not None else None,
        allows_pickles=args.allow_pickle,
        compiles=args.compile,
    )
    for path in (*parts.paths, *((args.refiner.path,) if args.refiner is not None else ())):
        if not path.exists():
            raise unusable(f"There is nothing at “{path}”.", "Check the path.")
    return parts


def lora(text: str) -> Lora:
    """For argparse: a path, and a weight after the last colon."""
    path, weight = _path_and_number(text)
    return Lora(path) if weight is None else Lora(path, weight)


def refinement(text: str) -> Refinement:
    """For argparse: a path, and a strength above 0 and up to 1 after the last colon."""
    path, strength = _path_and_number(text)
    if strength is not None and not 0.0 < strength <= 1.0:
        raise argparse.ArgumentTypeError(f"“{text}”: the strength must be above 0 and at most 1")
    return Refinement(path) if strength is None else Refinement(path, strength)


def _path_and_number(text: str) -> tuple[Path, float | None]:
    """What comes after a drive letter is no number, and stays part of the path."""
    name, _, number = text.rpartition(":")
    try:
        amount = float(number)
    except ValueError:
        return Path(text).resolve(), None
    if not name or not math.isfinite(amount):
        raise argparse.ArgumentTypeError(f"“{text}” is not a path, or a path and a number after a colon")
    return Path(name).resolve(), amount
