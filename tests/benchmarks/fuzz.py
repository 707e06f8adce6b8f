"""Throws damaged and hostile files at every reader: each must be read or refused in a sentence, and soon.

python -m tests.benchmarks.fuzz [--inputs 1000] [--reader "scene files"] [--seed 0] [--keep DIR]

Half of the inputs are injured bytes, half say something else under right hashes, checksums and lengths. The first
inputs (and one of 250 after them) are followed branch by branch; one that takes a new branch is injured further.
Prints {"crashes", "inputs"} with the counts and the branch coverage of each reader.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import logging
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from lmd_desktop.domain.errors import UserError
from tests.benchmarks.branches import Branches, Counted
from tests.benchmarks.fuzz_mutations import injure_bytes
from tests.benchmarks.fuzz_readers import Reader, readers

INPUTS = 1000
FOLLOWED_FIRST, FOLLOWED_EVERY = 300, 250
LIMIT_S = 10.0  # of processor time; no file that a person has takes a second
MEMORY_LIMIT = 4 * 2**30
MAX_CORPUS = 500


@dataclass
class Tally:
    """What came of one reader's inputs; ``crashes`` are counted by where they happened."""

    inputs: int = 0
    read: int = 0
    refused: int = 0
    clever: int = 0
    followed: int = 0
    slowest_s: float = 0.0
    crashes: Counter[str] = field(default_factory=Counter)


class TooSlow(BaseException):
    """Not an Exception: no reader may take it for a mistake in the file."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=INPUTS, help="for each reader")
    parser.add_argument("--reader", action="append", help="only this one; may be given several times")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for inputs that crash a reader")
    parser.add_argument("--missing", action="store_true", help="name the branches that were not taken")
    args = parser.parse_args()
    chosen = [reader for reader in readers() if args.reader is None or reader.name in args.reader]
    if not chosen:
        parser.error(f"choose from: {', '.join(reader.name for reader in readers())}")
    logging.disable()
    _limit_memory()
    report: dict[str, dict[str, object]] = {}
    totals = Counter(crashes=0, inputs=0)
    for reader in chosen:
        started = time.perf_counter()
        tally, counted = fuzz(reader, args.inputs, seed=args.seed, keep=args.keep)
        totals.update(crashes=tally.crashes.total(), inputs=tally.inputs)
        report[reader.name] = describe(tally, counted, names_missing=args.missing) | {
            "seconds": round(time.perf_counter() - started, 1)
        }
        print(f"{reader.name}: {json.dumps(report[reader.name])}", file=sys.stderr, flush=True)
    print(json.dumps({"crashes": totals["crashes"], "inputs": totals["inputs"], "readers": report}, indent=2))


def fuzz(
    reader: Reader, inputs: int, *, seed: int, keep: Path | None = None, followed_first: int = FOLLOWED_FIRST
) -> tuple[Tally, Counted]:
    """Feed one reader; what it raises beside UserError is counted, never raised."""
    tally, branches = Tally(), Branches(reader.files, reader.leaves_out)
    corpus = list(reader.seeds)
    with tempfile.TemporaryDirectory(dir=_fast_folder()) as name, _watchdog():
        folder = Path(name)
        for number in range(inputs):
            dice = random.Random(f"{seed} {reader.name} {number}")
            is_clever = number % 2 == 1 or not corpus
            source = dice.choice(corpus) if corpus else b""
            data = reader.injure(dice, source) if is_clever else injure_bytes(dice, source)
            if number < len(reader.seeds):
                data = reader.seeds[number]
            is_followed = number < followed_first or number % FOLLOWED_EVERY == FOLLOWED_EVERY - 1
            before = len(branches.seen)
            problem = _feed(reader, data, folder, tally, branches.follow if is_followed else None)
            tally.inputs += 1
            tally.clever += is_clever
            tally.followed += is_followed
            if problem is not None:
                tally.crashes[problem] += 1
                _keep(keep, reader.name, data)
            elif len(branches.seen) > before and len(corpus) < MAX_CORPUS and len(data) < 200_000:
                corpus.append(data)
    return tally, branches.count()


def describe(tally: Tally, counted: Counted, *, names_missing: bool = False) -> dict[str, object]:
    """One reader's part of the report."""
    told: dict[str, object] = {
        "inputs": tally.inputs,
        "structure_aware": tally.clever,
        "read": tally.read,
        "refused": tally.refused,
        "crashes": tally.crashes.total(),
        "slowest_s": round(tally.slowest_s, 2),
        "branches": {
            "taken": counted.taken,
            "all": counted.all,
            "percent": counted.percent,
            "followed": tally.followed,
        },
    }
    if tally.crashes:
        told["crash_places"] = dict(tally.crashes.most_common(10))
    return told | ({"missing": counted.missing} if names_missing else {})


def _feed(
    reader: Reader, data: bytes, folder: Path, tally: Tally, follow: Callable[[Callable[[], object]], None] | None
) -> str | None:
    """What went wrong, as type and place; None if the input was read or refused in words."""
    started = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S * (8 if follow else 1))
    try:
        if follow is not None:
            follow(lambda: reader.read(data, folder))
        else:
            reader.read(data, folder)
        tally.read += 1
    except UserError as error:
        tally.refused += 1
        return _what_is_wrong_with(error)
    except (Exception, TooSlow) as error:
        return _place_of(error)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if follow is None:
            tally.slowest_s = max(tally.slowest_s, time.process_time() - started)
    return None


def _what_is_wrong_with(error: UserError) -> str | None:
    sentence = str(error)
    if not error.cause or not error.next_step:
        return f"half a sentence: {sentence[:80]}"
    if not sentence.isprintable():
        return f"a sentence with characters that cannot be shown at {_origin(error)}"
    return None if len(sentence) < 1500 else f"a sentence of {len(sentence)} characters at {_origin(error)}"


def _place_of(error: BaseException) -> str:
    return f"{type(error).__name__} at {_origin(error)}: {str(error)[:80]!a}"


def _origin(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "lmd_desktop" in frame.filename]
    frames = frames or traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"


def _keep(folder: Path | None, reader: str, data: bytes) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{reader.replace(' ', '-')}-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)


@contextlib.contextmanager
def _watchdog() -> Generator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"took more than {LIMIT_S} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGVTALRM, before)


def _limit_memory() -> None:
    """A reader that wants gigabytes for a small file must fail here rather than fill the machine."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, resource.RLIM_INFINITY))


def _fast_folder() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


if __name__ == "__main__":
    main()
