"""What the child processes run. The parent imports this file too: models' libraries are imported only in the child."""

from __future__ import annotations

from lmd_desktop.workers.child import ChildMain, Pipe, Work, serve
from lmd_desktop.workers.messages import WorkerKind


def main_of(kind: WorkerKind) -> ChildMain:
    return run_planner if kind == "planner" else run_renderer


def run_planner(connection: Pipe) -> None:
    serve(connection, _open_planner)


def run_renderer(connection: Pipe) -> None:
    serve(connection, _open_renderer)


def _open_planner() -> Work:
    from lmd_desktop.workers.planner_worker import PlannerWork

    return PlannerWork()


def _open_renderer() -> Work:
    from lmd_desktop.workers.renderer_worker import RendererWork

    return RendererWork()
