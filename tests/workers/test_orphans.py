"""No process outlives the program that started it, not even a worker that hangs in native code."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

WAIT_MS = 10_000
PARENT = """
import sys
sys.path.insert(0, sys.argv[1])
from worker_children import run_scripted
from worker_listener import Listener, job
from lmd_desktop.workers.client import WorkerClient
from lmd_desktop.workers.messages import Progress

if __name__ == "__main__":
    clients = []
    for kind in ("planner", "renderer"):
        listener = Listener()
        clients.append(WorkerClient(kind, listener, main=run_scripted))
        clients[-1].submit(job(sys.argv[2]))
        listener.wait_for(Progress)
    print(flush=True)
    sys.stdin.read()
"""
STARTING_PARENT = """
import os, sys
sys.path.insert(0, sys.argv[1])

if __name__ == "__main__":
    os.environ["LMD_TEST_WINDOW"] = str(os.getpid())
    from hanging_import import run_hanging
    from lmd_desktop.workers.client import WorkerClient

    os.mkfifo(os.environ["LMD_TEST_IMPORTS"])
    client = WorkerClient("renderer", print, main=run_hanging)
    client.start()
    with open(os.environ["LMD_TEST_IMPORTS"], encoding="utf-8") as pipe:
        pipe.readline()
    print(flush=True)
    sys.stdin.read()
"""
pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs pidfd_open (Linux)")


@pytest.mark.parametrize("text", ["hang", "loop", "hold the interpreter", "half a message"])
def test_every_process_ends_with_the_killed_window(tmp_path: Path, text: str) -> None:
    ends_with_its_parent(tmp_path, PARENT, text)


def test_a_process_that_is_still_importing_ends_with_the_killed_window(tmp_path: Path) -> None:
    ends_with_its_parent(tmp_path, STARTING_PARENT, "")


def ends_with_its_parent(folder: Path, program: str, text: str) -> None:
    script = folder / "parent.py"
    script.write_text(program, encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, str(script), str(Path(__file__).parent), text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "LMD_TEST_IMPORTS": str(folder / "imports")},
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    below = psutil.Process(parent.pid).children(recursive=True)
    assert len(below) >= 2
    handles = {os.pidfd_open(child.pid): child for child in below}
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    parent.kill()
    parent.communicate()
    while handles:
        ended = poll.poll(WAIT_MS)
        assert ended, f"still running: {[child.cmdline() for child in handles.values()]}"
        for handle, _ in ended:
            poll.unregister(handle)
            del handles[handle]
            os.close(handle)
