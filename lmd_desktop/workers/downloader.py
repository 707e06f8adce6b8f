"""A download as a child process that ends with it: the only process of the app that may go online."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable

from lmd_desktop.domain.downloads import (
    DownloadEvent,
    DownloadFailed,
    DownloadFinished,
    DownloadPlan,
    DownloadProgress,
    DownloadRequest,
    HostContacted,
)
from lmd_desktop.domain.errors import UserError
from lmd_desktop.workers.birth import new_process
from lmd_desktop.workers.child import Pipe, prepare_child
from lmd_desktop.workers.environment import ONLINE_ENVIRONMENT
from lmd_desktop.workers.event_reader import UnreadableEvent, read_value
from lmd_desktop.workers.offline import allow_only
from lmd_desktop.workers.pace import Pace

MAX_EVENT_BYTES = 1024 * 1024
LOOK_S = 0.2
END_LIMIT_S = 2.0


def download(
    request: DownloadRequest, *, on_event: Callable[[DownloadEvent], None], check: Callable[[], None]
) -> DownloadPlan:
    """Fetch files; ``check`` may raise to stop it, and what is there by then is kept for the next time.

    Returns what was fetched, with commit and hashes. Raises UserError if it could not be fetched.
    """
    connection, theirs = multiprocessing.Pipe()
    process = new_process("lmd-download", _run, theirs, request)
    process.start()
    theirs.close()
    plan: DownloadPlan | None = None
    try:
        while True:
            check()
            if not connection.poll(LOOK_S):
                continue
            event = read_value(connection.recv_bytes(MAX_EVENT_BYTES))
            if not isinstance(event, DownloadEvent):
                raise UnreadableEvent(type(event).__name__)
            on_event(event)
            match event:
                case DownloadPlan():
                    plan = event
                case DownloadFailed(cause, next_step):
                    raise UserError(cause, next_step)
                case DownloadFinished() if plan is not None:
                    return plan
                case _:
                    pass
    except (EOFError, OSError, UnreadableEvent) as error:
        raise UserError("The download ended unexpectedly.", "Try again; what is there already is kept.") from error
    finally:
        connection.close()
        process.join(END_LIMIT_S if plan is not None and process.exitcode is not None else 0)
        if process.exitcode is None:
            process.kill()
            process.join()


def _run(connection: Pipe, request: DownloadRequest) -> None:
    """The child."""
    prepare_child(None)
    os.environ.update(ONLINE_ENVIRONMENT)
    hosts = _proxies()
    allow_only(hosts)

    def contact(host: str) -> None:
        if host not in hosts:
            connection.send(HostContacted(host))
            hosts.add(host)

    try:
        from lmd_desktop.catalog.hub import fetch, plan_download

        plan = plan_download(request, contact)
        connection.send(plan)
        pace = Pace()

        def progress(name: str, done: int, total: int) -> None:
            if pace.is_progress_due(name, done, total):
                connection.send(DownloadProgress(name, done, total))

        fetch(request, plan, contact, progress)
        connection.send(DownloadFinished(request.folder))
    except UserError as error:
        connection.send(DownloadFailed(error.cause, error.next_step))
    except Exception as error:
        details = "".join(traceback.format_exception(error))
        connection.send(DownloadFailed(f"The download failed ({type(error).__name__}).", "Try again.", details))


def _proxies() -> set[str]:
    """A proxy of the system is asked in place of the hosts."""
    from urllib.parse import urlsplit
    from urllib.request import getproxies

    found = {urlsplit(address).hostname for address in getproxies().values()}
    return {host for host in found if host}
