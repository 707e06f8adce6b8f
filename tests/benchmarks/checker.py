"""Does the checker find every planted fault, and no fault in good layouts? ``python -m tests.benchmarks.checker``.

Prints one JSON object: per family how many of the good layouts raised a false alarm and which planted faults were
missed; ``fixed`` counts the faulty layouts that are good again after the fixes that are offered.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter

from lmd_desktop.planning.meaning import check_meaning, with_all_fixes
from tests.planning.hard_layouts import FAMILIES, HardCase, draw_hard_case
from tests.planning.layouts import draw_case, plant

LAYOUTS = 500
PLAIN = "plain captions"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layouts", type=int, default=LAYOUTS)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    started = time.perf_counter()
    report = prove(arguments.layouts, arguments.seed)
    print(json.dumps({**report, "seconds": round(time.perf_counter() - started, 1)}, indent=1, ensure_ascii=False))


def prove(layouts: int, seed: int) -> dict[str, object]:
    """So many good layouts and as many faulty ones, evenly over the families."""
    families = (PLAIN, *FAMILIES)
    per_family: dict[str, Counter[str]] = {family: Counter() for family in families}
    kinds: Counter[str] = Counter()
    alarms: list[str] = []
    missed: list[str] = []
    for number in range(layouts):
        rng = random.Random(f"{seed} {number}")
        family = families[number % len(families)]
        case = _plain(rng) if family == PLAIN else draw_hard_case(rng, family)
        # In turn, so that every kind is planted.
        fault = tuple(case.faulty)[number // len(families) % len(case.faulty)]
        counts = per_family[family]
        counts["layouts"] += 1
        kinds[f"{family}: {fault}"] += 1
        if found := check_meaning(case.request, case.layout, case.before):
            counts["false_alarms"] += 1
            alarms.append(f"{case.request} | {found[0].sentence}")
        faulty = case.faulty[fault]
        if not check_meaning(case.request, faulty, case.before):
            counts["missed"] += 1
            missed.append(f"{family}, {fault}: {case.request}")
        elif not check_meaning(case.request, with_all_fixes(case.request, faulty, case.before), case.before):
            counts["fixed"] += 1
    return {
        "good_layouts": layouts,
        "planted_faults": layouts,
        "kinds_of_fault": len(kinds),
        "false_alarms": len(alarms),
        "missed": len(missed),
        "fixed": sum(counts["fixed"] for counts in per_family.values()),
        "families": {family: dict(counts) for family, counts in per_family.items()},
        "alarms": alarms,
        "not_found": missed,
    }


def _plain(rng: random.Random) -> HardCase:
    case = draw_case(rng)
    kind, faulty = plant(rng, case)
    return HardCase(PLAIN, case.caption, case.layout, {kind: faulty})


if __name__ == "__main__":
    main()
