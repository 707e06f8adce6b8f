"""The start script: it installs once with pinned versions, and says in words what is missing."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with an environment folder of its own."""
    spec = importlib.util.spec_from_file_location("start_script", ROOT / "start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.setattr(module, "OUT", tmp_path / "out")
    monkeypatch.setattr(module, "make_environment", lambda: Path(module.environment_python()).touch())
    (tmp_path / ".venv" / ("Scripts" if sys.platform == "win32" else "bin")).mkdir(parents=True)
    return module


@pytest.fixture
def pip_calls(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(start, "pip", lambda *arguments: calls.append(arguments))
    monkeypatch.setattr(start, "check_libraries", lambda: None)
    return calls


def test_the_first_call_installs_torch_first_and_later_calls_nothing(
    start: ModuleType, pip_calls: list[tuple[str, ...]]
) -> None:
    start.install(None, with_tests=False)
    names = [call[0].split("==")[0] for call in pip_calls]
    assert names == ["torch", "llama-cpp-python", "--editable"]
    start.install(None, with_tests=False)
    assert len(pip_calls) == 3


def test_the_tests_need_one_more_step_and_it_stays_installed(
    start: ModuleType, pip_calls: list[tuple[str, ...]]
) -> None:
    start.install(None, with_tests=False)
    start.install(None, with_tests=True)
    assert pip_calls[3:] == [("--editable", ".[test]")]
    start.install(None, with_tests=False)
    assert len(pip_calls) == 4


def test_changed_pins_install_again_from_the_same_torch_index(
    start: ModuleType, pip_calls: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    start.install("https://example.org/cpu", with_tests=False)
    monkeypatch.setattr(start, "fingerprint", lambda: "other")
    start.install(None, with_tests=False)
    assert [call for call in pip_calls if call[0].startswith("torch")][1][1:] == (
        "--index-url",
        "https://example.org/cpu",
    )


def test_an_installation_that_was_stopped_goes_on(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: str) -> None:
        raise start.StartError("no network")

    monkeypatch.setattr(start, "pip", fail)
    monkeypatch.setattr(start, "check_libraries", lambda: None)
    with pytest.raises(start.StartError):
        start.install(None, with_tests=False)
    assert start.read_stamp() == {}


def test_a_damaged_stamp_means_installing(start: ModuleType, pip_calls: list[tuple[str, ...]]) -> None:
    start.STAMP.write_text("{", encoding="utf-8")
    start.install(None, with_tests=False)
    assert len(pip_calls) == 3
    assert json.loads(start.STAMP.read_bytes())["with_tests"] is False


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("CMake Error: CMAKE_CXX_COMPILER not set", "there is no C++ compiler"),
        ("error: Microsoft Visual C++ 14.0 or greater is required", "there is no C++ compiler"),
        ("ERROR: Failed building wheel for llama-cpp-python", "could not be compiled"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: No matching distribution found for torch==2.13.0", "is not offered for Python"),
        ("NewConnectionError: Failed to establish a new connection", "there is no network"),
        ("something else", "the lines above say why"),
    ],
)
def test_why_pip_failed_is_said_in_words(start: ModuleType, output: str, words: str) -> None:
    assert words in start.why_pip_failed(output)


def test_missing_system_libraries_are_named_with_the_command(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start.sys, "platform", "linux")
    monkeypatch.setattr(start, "can_load", lambda library: library != "libEGL.so.1")
    with pytest.raises(start.StartError, match="apt-get install -y libegl1 "):
        start.check_libraries()


def test_without_a_display_the_whole_job_runs_headless(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(start, "call", lambda command, cwd: commands.append(command) or 0)
    monkeypatch.setattr(start, "has_display", lambda: False)
    start.run_app([])
    assert commands[0][1:] == ["-m", "lmd_desktop", "demo", "-o", str(start.OUT)]


def test_with_a_display_the_window_opens_on_a_copy_of_the_sample(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(start, "call", lambda command, cwd: commands.append(command) or 0)
    monkeypatch.setattr(start, "has_display", lambda: True)
    start.run_app([])
    assert commands[0][3:] == [str(start.OUT / "sample.lmdscene")]
    assert (start.OUT / "sample.lmdscene").read_bytes() == start.SAMPLE.read_bytes()


def test_a_failed_check_fails_the_run_and_pytest_still_comes_last(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(start, "call", lambda command: commands.append(command) or int("ruff" in command))
    assert start.run_tests(["tests/domain"]) == 1
    assert commands[-1][2:] == ["pytest", "tests/domain"]


def test_an_old_python_can_read_the_script() -> None:
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_help_needs_no_installation() -> None:
    result = subprocess.run(
        [sys.executable, "start.py", "--help"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert "python start.py test" in result.stdout


def test_every_dependency_is_pinned_to_a_version_that_is_allowed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    asked = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["test"],
        *project["build-system"]["requires"],
    ]
    for text in asked:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), text
