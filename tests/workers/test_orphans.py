"""No worker outlives the program that started it, not even one that hangs in native code."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

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
    listener = Listener()
    client = WorkerClient("planner", listener, main=run_scripted)
    client.submit(job(sys.argv[2]))
    listener.wait_for(Progress)
    print(client.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs pidfd_open (Linux)")
@pytest.mark.parametrize("text", ["hang", "loop"])
def test_a_worker_ends_with_its_killed_parent(tmp_path: Path, text: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, str(script), str(Path(__file__).parent), text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert parent.stdout is not None
    child = os.pidfd_open(int(parent.stdout.readline()))
    poll = select.poll()
    poll.register(child, select.POLLIN)
    parent.kill()
    parent.communicate()
    assert poll.poll(WAIT_MS), "the worker still runs"
    os.close(child)
