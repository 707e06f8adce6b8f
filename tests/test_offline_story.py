"""The whole job by commands and in the window tries nothing on the network: no socket, no name, nor in native code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lmd_desktop.catalog import starter_painter, starter_planner

ROOT = Path(__file__).parents[1]
PROMPT = "a red car on the left of a blue cup, without cats"
WAIT_S = 900
# Runs the commands one after the other, then tells what this network namespace was asked for.
STORY = """
import json, subprocess, sys
from pathlib import Path

def call(*arguments):
    command = [sys.executable, "-m", "lmd_desktop", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr

scene = Path(sys.argv[1]) / "scene.lmdscene"
plan, said = call("plan", sys.argv[2], "--scene", str(scene), "--seed", "1")
call("edit", str(scene), "--move", plan["boxes"][0]["id"], "8", "16", "--json")
picture, more = call("render", str(scene), "--steps", "2", "--seed", "5", "--device", "cpu")
window = subprocess.run([sys.executable, "-c", sys.argv[3], sys.argv[1]], capture_output=True, text=True, check=False)
assert window.returncode == 0, window.stderr
counted = Path("/proc/self/net/snmp")
print(json.dumps([plan, picture, said + more + window.stderr, counted.read_text() if counted.exists() else ""]))
"""
# The same in the window, which is offline from its start as the program's entry makes it.
WINDOW = """
import sys
from pathlib import Path
from lmd_desktop.workers.offline import refuse_network

refuse_network()
from tests.benchmarks.soak import soak

told = soak(Path(sys.argv[1]), 0.0, 2, 10)
assert (told["pictures"], told["failed"]) == (1, 0), told
assert (Path(sys.argv[1]) / "soak-0.lmdscene").is_file()
"""
ATTEMPT = """
import socket
try:
    socket.getaddrinfo("example.org", 443)
except OSError:
    pass
print(open("/proc/self/net/snmp").read())
"""
ISOLATED = ["unshare", "--net", "--map-root-user"]

pytestmark = pytest.mark.skipif(
    not (starter_planner().is_file() and (starter_painter() / "model_index.json").is_file()),
    reason="the starter models are not in this checkout",
)


def can_isolate() -> bool:
    if shutil.which(ISOLATED[0]) is None:
        return False
    return subprocess.run([*ISOLATED, "true"], capture_output=True, check=False).returncode == 0


def sent(counters: str) -> int:
    """Packets that an empty network namespace was asked to send and had no way for, and those it sent (RFC 1213)."""
    lines = [line.split() for line in counters.splitlines() if line]
    named = dict(zip(map(tuple, lines[::2]), lines[1::2], strict=True))
    total = 0
    for names, values in named.items():
        numbers = dict(zip(names[1:], map(int, values[1:]), strict=True))
        total += sum(numbers.get(name, 0) for name in ("OutNoRoutes", "OutRequests", "ActiveOpens", "OutDatagrams"))
    return total


def python_path(*folders: Path) -> str:
    return os.pathsep.join(map(str, folders))


def run_story(folder: Path, before: list[str], paths: tuple[Path, ...]) -> tuple[str, str]:
    """What the network was asked for: attempts that Python saw, and the counters of the system."""
    attempts = folder / "attempts"
    environment = os.environ | {
        "LMD_HOME": str(folder / "home"),
        "PYTHONPATH": python_path(*paths),
        "LMD_TEST_ATTEMPTS": str(attempts),
        "QT_QPA_PLATFORM": "offscreen",
    }
    environment.pop("HF_HUB_OFFLINE", None)  # the app must see to it by itself
    done = subprocess.run(
        [*before, sys.executable, "-c", STORY, str(folder), PROMPT, WINDOW],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=WAIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    plan, picture, said, counters = json.loads(done.stdout)
    assert plan["boxes"]
    assert Path(picture["picture"]).is_file()
    written = said + "".join(path.read_text("utf-8", "replace") for path in (folder / "home" / "logs").glob("*.log"))
    assert "Traceback" not in written
    # Nobody asked for logs: what the person wrote is in none of them.
    assert PROMPT not in written
    assert "without cats" not in written
    return attempts.read_text(encoding="utf-8") if attempts.exists() else "", counters


def test_the_story_makes_no_attempt_while_sockets_are_blocked_in_every_process(tmp_path: Path) -> None:
    attempts, _ = run_story(tmp_path, [], (ROOT / "tests" / "no_network", ROOT))
    assert attempts == ""


@pytest.mark.skipif(not can_isolate(), reason="this machine allows no network namespaces (unshare --net)")
def test_the_story_asks_an_empty_network_namespace_for_nothing(tmp_path: Path) -> None:
    # Without the test's own block: native code and the app's own guard are what is looked at here.
    _, counters = run_story(tmp_path, ISOLATED, (ROOT,))
    assert counters
    assert sent(counters) == 0


@pytest.mark.skipif(not can_isolate(), reason="this machine allows no network namespaces (unshare --net)")
def test_an_attempt_would_be_counted_there() -> None:
    environment = os.environ | {"PYTHONPATH": ""}
    done = subprocess.run(
        [*ISOLATED, sys.executable, "-c", ATTEMPT], capture_output=True, text=True, env=environment, check=True
    )
    assert sent(done.stdout) > 0
