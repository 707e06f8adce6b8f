"""One queue for plans and pictures: its order, its stops, its estimate, and who gives way when memory is short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import dispose
from pytestqt.qtbot import QtBot

from lmd_desktop.app.estimates import estimate_all, seconds_left
from lmd_desktop.app.jobs import Job, JobKind, JobState, advanced
from lmd_desktop.app.workspace import Clients, Folders, Workspace
from lmd_desktop.catalog import starter_painter, starter_planner
from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.requests import RenderSettings
from lmd_desktop.domain.scene import Plan, Request
from lmd_desktop.workers.client import WorkerClient
from lmd_desktop.workers.memory import (
    MB,
    RAM_RESERVE,
    FreeMemory,
    Need,
    Policy,
    decide,
    need_of,
    resident_bytes,
    weights_on_disk,
)
from lmd_desktop.workers.messages import Event, Loading, WorkerKind

WAIT_MS = 300_000
GB = 1000 * MB
LIMIT = 900 * MB  # room for the renderer alone


def test_both_are_kept_exactly_while_the_job_fits_with_the_reserve_left() -> None:
    assert decide(FreeMemory(2 * GB + RAM_RESERVE), Need(2 * GB)) is Policy.KEEP_BOTH
    assert decide(FreeMemory(2 * GB + RAM_RESERVE - 1), Need(2 * GB)) is Policy.ONE_AT_A_TIME


def test_the_graphics_card_counts_for_what_lies_on_it() -> None:
    on_card = Need(600 * MB, device=4 * GB)
    assert decide(FreeMemory(8 * GB, device=6 * GB), on_card) is Policy.KEEP_BOTH
    assert decide(FreeMemory(8 * GB, device=4 * GB), on_card) is Policy.ONE_AT_A_TIME
    assert decide(FreeMemory(8 * GB, device=0), Need(2 * GB)) is Policy.KEEP_BOTH
    assert decide(FreeMemory(600 * MB, device=6 * GB), on_card) is Policy.ONE_AT_A_TIME


def test_what_a_process_holds_already_is_not_counted_again() -> None:
    def ram(*, is_up: bool, is_loaded: bool) -> int:
        return need_of("renderer", 2 * GB, is_up=is_up, is_loaded=is_loaded, is_on_device=False).ram

    assert ram(is_up=False, is_loaded=False) > ram(is_up=True, is_loaded=False) > ram(is_up=True, is_loaded=True) > 0
    assert need_of("planner", 2 * GB, is_up=True, is_loaded=True, is_on_device=False) == Need(0)
    assert need_of("renderer", 2 * GB, is_up=True, is_loaded=False, is_on_device=True).ram == 0


def test_the_weights_of_the_starter_models_are_measured_on_disk() -> None:
    assert weights_on_disk(starter_planner(), is_on_device=False) == starter_planner().stat().st_size
    assert weights_on_disk(starter_painter(), is_on_device=False) > 1 * MB


def running(cost: str, *, started: float, left: float | None = None) -> Job:
    return Job(cost, JobKind.RENDER, "renderer", cost=cost, state=JobState.RUNNING, started=started, seconds_left=left)


def test_the_time_of_the_job_before_tells_more_than_the_stage_that_runs() -> None:
    assert seconds_left(running("a", started=100.0, left=3.0), 110.0, {}) == 3.0
    assert seconds_left(running("a", started=100.0, left=3.0), 110.0, {"a": 30.0}) == 20.0
    assert seconds_left(running("a", started=100.0), 110.0, {}) is None


def test_what_a_planner_will_take_is_a_note_of_its_job_before_it_is_loaded() -> None:
    job = Job("plan", JobKind.PLAN, "planner")
    told = advanced(job, Loading("plan", "The planner needs about 3 GB.", 3 * GB, 0, fits=True))
    assert (told.state, told.notes) == (JobState.RUNNING, ("The planner needs about 3 GB.",))


def test_the_estimate_for_all_counts_waiting_jobs_and_says_when_it_does_not_know_enough() -> None:
    picture, waiting = running("a", started=100.0, left=10.0), Job("w", JobKind.RENDER, "renderer", cost="a")
    plan = Job("p", JobKind.PLAN, "planner", cost="p")
    known = estimate_all((picture, waiting), 110.0, {}, takes_turns=False)
    assert known is not None
    assert (known.seconds, known.is_complete) == (30.0, True)
    unknown = estimate_all((picture, plan), 110.0, {}, takes_turns=False)
    assert unknown is not None
    assert (unknown.seconds, unknown.is_complete) == (10.0, False)
    side_by_side, in_turns = (
        estimate_all((picture, plan), 110.0, {"p": 4.0}, takes_turns=takes_turns) for takes_turns in (False, True)
    )
    assert side_by_side is not None
    assert in_turns is not None
    assert (side_by_side.seconds, in_turns.seconds) == (10.0, 14.0)


def test_a_plan_goes_before_waiting_pictures(quiet_workspace: Workspace) -> None:
    workspace, jobs = quiet_workspace, quiet_workspace.jobs
    draw_a_box(workspace)
    for _ in range(3):
        workspace.rendering.render()
    workspace.planning.load()
    workspace.planning.send("a cat")
    kinds = [(job.kind, job.is_waiting) for job in workspace.queue.order]
    assert kinds == [
        (JobKind.RENDER, False),
        (JobKind.LOAD, False),
        (JobKind.PLAN, True),
        (JobKind.RENDER, True),
        (JobKind.RENDER, True),
    ]
    assert jobs.active() != workspace.queue.order


def test_pictures_after_a_death_are_painted(workspace: Workspace, qtbot: QtBot) -> None:
    draw_a_box(workspace)
    for prompt in ("die", "first", "fail", "second"):
        workspace.session.set_render_settings(RenderSettings(prompt=prompt, num_inference_steps=1))
        workspace.rendering.render()
    qtbot.waitUntil(lambda: not workspace.jobs.active(), timeout=WAIT_MS)
    assert [record.request.prompt for record in workspace.session.renders] == ["first", "second"]
    died, failed = workspace.jobs.failed()
    assert died.error is not None
    assert "second time in a row" in died.error.cause
    assert "tried once more" in died.notes[0] or "tried again" in died.notes[0]
    assert failed.error is not None
    assert failed.error.cause == "The model wrote nothing usable."


def test_jobs_of_the_scene_before_are_put_away(workspace: Workspace, qtbot: QtBot) -> None:
    draw_a_box(workspace)
    workspace.session.set_render_settings(RenderSettings(prompt="fail"))
    workspace.rendering.render()
    qtbot.waitUntil(lambda: bool(workspace.jobs.failed()), timeout=WAIT_MS)
    workspace.document.new()
    assert workspace.jobs.failed() == ()


def draw_a_box(workspace: Workspace) -> None:
    workspace.session.edit("Draw box", add_box(workspace.session.layout, "a red car", Rect(10, 20, 200, 200)))


class Machine:
    """The two real workers on a machine with so many bytes for both; ``peak`` is the most that they held together."""

    def __init__(self, size: int) -> None:
        self.peak = 0
        self._size = size
        self._clients: dict[str, WorkerClient] = {}

    def clients(self, logs: Path) -> Clients:
        def make(kind: WorkerKind, on_event: Callable[[Event], None]) -> WorkerClient:
            self._clients[kind] = WorkerClient(kind, on_event, log_folder=logs)
            return self._clients[kind]

        return Clients(lambda on_event: make("planner", on_event), lambda on_event: make("renderer", on_event))

    def free(self) -> int:
        return self._size - self.held()

    def held(self) -> int:
        held = sum(resident_bytes(pid) for pid in self.pids().values())
        self.peak = max(self.peak, held)
        return held

    def pids(self) -> dict[str, int]:
        return {kind: client.pid for kind, client in self._clients.items() if client.pid is not None}


@pytest.fixture
def machine(request: pytest.FixtureRequest) -> Machine:
    return Machine(request.param)


@pytest.fixture
def sized(qtbot: QtBot, folders: Folders, machine: Machine) -> Iterator[Workspace]:
    workspace = Workspace(folders, machine.clients, free_ram=machine.free)
    workspace.jobs.job_changed.connect(lambda _job: machine.held())
    yield workspace
    dispose(workspace)


@pytest.mark.parametrize(("machine", "keeps_both"), [(100 * GB, True), (LIMIT, False)], indirect=["machine"])
def test_plan_render_and_plan_again_whether_both_fit_or_take_turns(
    qtbot: QtBot, sized: Workspace, machine: Machine, *, keeps_both: bool
) -> None:
    def wait() -> dict[str, int]:
        qtbot.waitUntil(lambda: not sized.jobs.active(), timeout=WAIT_MS)
        assert sized.jobs.failed() == ()
        return machine.pids()

    sized.planning.send("a red car on the left of a blue cup")
    first = wait()
    sized.session.set_render_settings(RenderSettings("plain", num_inference_steps=2))
    picture = sized.rendering.render()
    second = wait()
    sized.planning.send("add a green ball")
    third = wait()

    assert [type(turn) for turn in sized.session.scene.dialog.path()] == [Request, Plan, Request, Plan]
    assert len(sized.session.renders) == 1
    assert sized.queue.takes_turns is not keeps_both
    job = sized.jobs.get(picture)
    assert job is not None
    assert any("make room" in note for note in job.notes) is not keeps_both
    if keeps_both:
        assert (list(second), third) == (["planner", "renderer"], second)
        assert second["planner"] == first["planner"]
    else:
        assert [list(pids) for pids in (first, second, third)] == [["planner"], ["renderer"], ["planner"]]
        assert machine.peak <= LIMIT
