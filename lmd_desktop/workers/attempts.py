"""Whether a job whose worker ended is tried again, and what is done differently then: pure decisions, no process."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lmd_desktop.domain.errors import ExitCode
from lmd_desktop.workers.endings import CRASHED, KILLED, Ending
from lmd_desktop.workers.messages import ForeseeJob, Load, PlanJob, RenderJob, WorkJob

# What the renderer does at each level of memory and at all levels before it; level 0 is the ordinary way.
MEMORY_STEPS = (
    "",
    "with attention computed in slices",
    "with activations computed again instead of kept",
    "with the parts of the model on the device only while they work",
    "with one box at a time",
)
LEVEL_THAT_HELPS_LOADING = 3
# What the planner does after a crash at each level and at all levels before it (planning/settings.py, safer).
SAFETY_STEPS = (
    "",
    "without the graphics card",
    "without flash attention",
    "in one thread and without packing the weights anew",
)
STEP_WITHOUT_CARD = 1
MAX_DEATHS = 2


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """The job as it is tried again; ``measure`` says in words what is different."""

    job: WorkJob
    measure: str


def next_attempt(
    job: WorkJob, ending: Ending, deaths: int, *, was_loading: bool, has_card: bool = False
) -> NextAttempt | None:
    """What follows the end of a job's process; None: the job has failed.

    ``deaths`` counts the ends of this job that no step against memory answered, with this one. ``has_card``: the worker
    had a graphics card to compute on. A Load is what a person asks for on purpose, once. What could be foreseen is gone
    with the process.
    """
    if isinstance(job, Load | ForeseeJob):
        return None
    if isinstance(job, PlanJob) and is_crash(ending):
        return _one_step_safer(job, has_card=has_card)
    if ending.code is ExitCode.OUT_OF_MEMORY and isinstance(job, RenderJob):
        return _one_step_lower(job, was_loading=was_loading)
    if deaths >= MAX_DEATHS:
        return None
    if ending.exit_code == KILLED and isinstance(job, RenderJob):
        # Most often it is the system that kills, for memory, and does not say so.
        return _one_step_lower(job, was_loading=was_loading) or NextAttempt(job, "It is tried once more.")
    return NextAttempt(job, "It is tried once more.")


def is_crash(ending: Ending) -> bool:
    """Whether native code ended the process: by a crash, or by its own check, as llama.cpp does without memory."""
    return ending.exit_code in CRASHED


def failure_of(job: WorkJob, ending: Ending) -> Ending:
    """The last ending of a job that is not tried again, in words that say so."""
    if isinstance(job, Load | ForeseeJob):
        return ending
    if isinstance(job, PlanJob) and is_crash(ending):
        cause = f"{ending.cause} Every safer way of running this model was tried."
        step = "Choose another planner model, or the starter planner, and report the log."
        return replace(ending, cause=cause, next_step=step)
    if ending.code is ExitCode.OUT_OF_MEMORY and isinstance(job, RenderJob):
        cause = f"{ending.cause} Every step that saves memory was tried."
        step = "Choose a smaller picture, fewer boxes or a smaller model, or close other programs."
        return replace(ending, cause=cause, next_step=step)
    cause = f"{ending.cause} It was the second time in a row with this job, which is not tried again by itself."
    return replace(ending, cause=cause)


def _one_step_safer(job: PlanJob, *, has_card: bool) -> NextAttempt | None:
    level = job.safety_level + 1
    if level == STEP_WITHOUT_CARD and (job.device == "cpu" or not has_card):
        level += 1
    if level >= len(SAFETY_STEPS):
        return None
    measure = f"It is tried again {SAFETY_STEPS[level]}."
    return NextAttempt(replace(job, safety_level=level), measure)


def _one_step_lower(job: RenderJob, *, was_loading: bool) -> NextAttempt | None:
    level = job.memory_level + 1
    if was_loading:
        level = max(level, LEVEL_THAT_HELPS_LOADING)
    if level >= len(MEMORY_STEPS):
        return None
    measure = f"It is tried again {MEMORY_STEPS[level]} (step {level} of {len(MEMORY_STEPS) - 1} against memory)."
    return NextAttempt(replace(job, memory_level=level), measure)
