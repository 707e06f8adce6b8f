"""Nothing in the package runs what a file says: no pickle, no eval, no code of a model's repository."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lmd_desktop"
# The one unpickler looks up nothing but our own messages (its tests send it a call).
MAY_IMPORT = {"workers/event_reader.py": {"pickle"}}
MAKES_CODE = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml", "runpy"}
RUNS_CODE = {"eval", "exec", "__import__", "execfile"}
TEMPLATES = {"Environment", "SandboxedEnvironment", "NativeEnvironment", "Template"}


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def calls(path: Path) -> Iterator[tuple[str, str, ast.Call]]:
    """(name, place, call) of every call; the name is the last part of what is called."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            name = (
                called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
            )
            yield name, f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}", node


def value_of(call: ast.Call, name: str) -> object:
    """A keyword's constant; None if it is not given, and Ellipsis if it is no constant."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value.value if isinstance(keyword.value, ast.Constant) else ...
    return None


def owner_of(call: ast.Call) -> str:
    return call.func.value.id if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) else ""


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_source_file_runs_what_another_file_says(path: Path) -> None:
    wrong: list[str] = []
    for name, place, call in calls(path):
        is_builtin = isinstance(call.func, ast.Name)
        if is_builtin and name in RUNS_CODE:
            wrong.append(f"{place}: {name}")
        if owner_of(call) == "torch" and name in ("load", "jit") and value_of(call, "weights_only") is not True:
            wrong.append(f"{place}: torch.load without weights_only")
        if value_of(call, "trust_remote_code") not in (None, False) or value_of(call, "custom_pipeline") is not None:
            wrong.append(f"{place}: code of a repository")
        if (
            name == "from_pretrained"
            and owner_of(call).startswith("Auto")
            and value_of(call, "trust_remote_code") is None
        ):
            wrong.append(f"{place}: {owner_of(call)} asks whether to run code of the repository")
        if owner_of(call) == "DiffusionPipeline" or value_of(call, "allow_pickle") not in (None, False):
            wrong.append(f"{place}: {name}")
        if value_of(call, "shell") not in (None, False) or (owner_of(call) == "os" and name in ("system", "popen")):
            wrong.append(f"{place}: a shell")
        if name in TEMPLATES and is_builtin and not place.startswith("planning/sandbox.py"):
            wrong.append(f"{place}: a template outside of the sandbox")
    assert wrong == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_source_file_imports_what_makes_code_of_data(path: Path) -> None:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    allowed = MAY_IMPORT.get(path.relative_to(PACKAGE).as_posix(), set())
    assert found & MAKES_CODE <= allowed
