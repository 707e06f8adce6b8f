"""About how many seconds jobs still take: from the steps of the running one and from how long such jobs took before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lmd_desktop.app.jobs import Job


@dataclass(frozen=True, slots=True)
class Estimate:
    """``is_complete`` is false if it takes longer, because nothing is known about some of the jobs."""

    seconds: float
    is_complete: bool


def seconds_left(job: Job, now: float, usual: Mapping[str, float]) -> float | None:
    """Of one job; ``usual`` maps ``Job.cost`` to the seconds that such a job took. None: nothing is known."""
    before = usual.get(job.cost)
    if job.started is None:
        return before
    known = [job.seconds_left] if job.seconds_left is not None else []
    if before is not None:
        # The stage that runs tells of itself only; what comes after it is in the time of the job before.
        known.append(before - (now - job.started))
    return max(0.0, *known) if known else None


def estimate_all(jobs: Iterable[Job], now: float, usual: Mapping[str, float], *, takes_turns: bool) -> Estimate | None:
    """Until the last job is over; None as long as nothing is known.

    Planner and renderer work side by side unless they take turns.
    """
    active, known, is_complete = tuple(jobs), dict(usual), True
    for job in active:
        left = seconds_left(job, now, usual)
        if job.started is not None and left is not None:
            # The first of its kind: the others behind it take as long as it will have taken.
            known.setdefault(job.cost, now - job.started + left)
    sums: dict[str, float] = {}
    for job in active:
        left = seconds_left(job, now, known)
        if left is None:
            is_complete = False
        else:
            sums[job.worker] = sums.get(job.worker, 0.0) + left
    if not sums:
        return None
    return Estimate(sum(sums.values()) if takes_turns else max(sums.values()), is_complete)
