"""Shares with their intervals."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    right: int
    of: int

    @property
    def value(self) -> float:
        return self.right / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval (Wilson 1927): it stays within 0 and 1 and is honest for few trials."""
        return wilson(self.value, self.of)


def wilson(share: float, trials: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of so many independent trials; of an effective number it may be a fraction."""
    if not trials:
        return 0.0, 1.0
    p, n, z = share, trials, Z_95
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def design_effect(outcomes: Iterable[tuple[str, str, bool]]) -> float:
    """By how much a share varies more than that of independent trials (Kish 1965, section 8.2), at least 1.

    ``outcomes`` are (stratum, cluster, is right): trials of a cluster may come out alike, each stratum has its fixed
    number of trials. The variance is that of the ratio estimator over the clusters, stratum by stratum.
    """
    trials, rights = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for stratum, cluster, is_right in outcomes:
        trials[stratum, cluster] += 1
        rights[stratum, cluster] += is_right
    count = trials.total()
    share = rights.total() / count if count else 0.0
    if share in (0.0, 1.0):
        return 1.0
    squares = 0.0
    for stratum in {stratum for stratum, _ in trials}:
        own = [key for key in trials if key[0] == stratum]
        if len(own) > 1:
            mean = sum(rights[key] for key in own) / sum(trials[key] for key in own)
            apart = sum((rights[key] - mean * trials[key]) ** 2 for key in own)
            squares += apart * len(own) / (len(own) - 1)
    return max(1.0, squares / (count * share * (1 - share)))
