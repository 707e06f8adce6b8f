"""Every test runs offline, off screen, on few threads and in a home folder of its own; so do its child processes."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

import pytest

NO_NETWORK = Path(__file__).parent / "no_network"
ENVIRONMENT = {
    "QT_QPA_PLATFORM": "offscreen",
    "OMP_NUM_THREADS": "2",
    "OMP_WAIT_POLICY": "passive",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def pytest_configure() -> None:
    os.environ.update(ENVIRONMENT)
    # For what is made once per session, before the first test has its own home.
    os.environ["LMD_HOME"] = tempfile.mkdtemp(prefix="lmd-test-home-")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(NO_NETWORK), os.environ.get("PYTHONPATH")]))
    _block_sockets_here()


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ.pop("LMD_HOME"), ignore_errors=True)


@pytest.fixture(autouse=True)
def lmd_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, pictures and autosaves of this test alone."""
    home = tmp_path / "home"
    monkeypatch.setenv("LMD_HOME", str(home))
    return home


def _block_sockets_here() -> None:
    spec = importlib.util.spec_from_file_location("no_network_hook", NO_NETWORK / "sitecustomize.py")
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
