"""Holds the wall between the layers: who may import what, how long a file may be, what the window starts without."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lmd_desktop"
MAX_LINES = 500
HEAVY = ("torch", "llama_cpp", "diffusers", "transformers")
TENSORS = ("torch", "diffusers", "transformers", "accelerate", "peft", "safetensors", "numpy", "PIL", "psutil")


@dataclass(frozen=True, slots=True)
class Layer:
    """``layers`` and ``libraries`` may be imported anywhere, ``inside`` only within a function (a child's work)."""

    layers: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()


LAYERS = {
    "domain": Layer(),
    "storage": Layer(("domain",), ("PIL", "platformdirs", "psutil")),
    "planning": Layer(("domain",), ("jinja2", "numpy")),
    "rendering": Layer(("domain", "catalog"), TENSORS),
    "judging": Layer(("domain",), ("torch", "transformers", "safetensors", "numpy", "PIL")),
    "catalog": Layer(("domain",), ("huggingface_hub", "safetensors", "gguf", "numpy", "psutil")),
    "workers": Layer(("domain",), ("psutil",), inside=("planning", "rendering", "judging", "catalog", *HEAVY, "PIL")),
    "app": Layer(("domain", "storage", "catalog", "workers"), ("PySide6.QtCore", "PySide6.QtGui")),
    "ui": Layer(("domain", "app"), ("PySide6",)),
    "benchmark": Layer(("domain", "storage", "planning", "rendering", "judging", "workers"), ("numpy", "PIL")),
    "cli": Layer(
        ("domain", "storage", "planning", "rendering", "judging", "catalog", "workers", "benchmark"),
        ("numpy", "PIL", "psutil"),
    ),
    "__main__": Layer(("cli",), inside=("ui", "app")),
}
# The one file that may load llama.cpp, and the two that only a child process imports.
EXCEPTIONS = {
    "planning/llama.py": ("llama_cpp",),
    "workers/planner_worker.py": ("planning",),
    "workers/renderer_worker.py": ("rendering",),
}


@dataclass(frozen=True, slots=True)
class Import:
    name: str
    line: int
    is_inside: bool


def imports_of(path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(child) for function in functions for child in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write imports in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (Import(name, node.lineno, id(node) in inside) for name in names)


def is_allowed(imported: Import, layer_name: str, path: Path) -> bool:
    layer = LAYERS[layer_name]
    first, *rest = imported.name.split(".")
    more = EXCEPTIONS.get(path.relative_to(PACKAGE).as_posix(), ())
    inside = (*more, *layer.inside) if imported.is_inside else more
    if first == "lmd_desktop":
        return not rest or rest[0] in (layer_name, "__version__", *layer.layers, *inside)
    allowed = (*layer.libraries, *inside)
    return first in sys.stdlib_module_names or any(f"{imported.name}.".startswith(f"{name}.") for name in allowed)


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / name for name in listed.stdout.splitlines()] or list(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_what_lies_below_it(layer: str) -> None:
    paths = sorted((PACKAGE / layer).rglob("*.py")) or [PACKAGE / f"{layer}.py"]
    wrong = [
        f"{path.relative_to(ROOT)}:{imported.line}: {imported.name}"
        for path in paths
        for imported in imports_of(path)
        if not is_allowed(imported, layer, path)
    ]
    assert wrong == []


def test_every_part_of_the_package_is_a_layer() -> None:
    parts = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert parts - {"__init__"} <= set(LAYERS)


def test_no_file_is_longer_than_500_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in tracked_files() if path.exists()
    }
    assert {name: lines for name, lines in long.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("lmd_desktop.ui.main_window", HEAVY),
        ("lmd_desktop.workers.client", (*HEAVY, "PySide6")),
        ("lmd_desktop.storage.scene_file", (*HEAVY, "PySide6")),
    ],
)
def test_a_fresh_interpreter_imports_it_without(module: str, forbidden: tuple[str, ...]) -> None:
    program = f"import {module}, sys; print(*[name for name in {forbidden} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert (result.returncode, result.stdout.strip()) == (0, ""), result.stderr
