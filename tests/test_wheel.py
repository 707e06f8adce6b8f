"""A wheel holds the whole app: the package, the starter models and the resources, where the catalog looks for them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEEDED = ("lmd_desktop", "models", "resources", "packaging", "pyproject.toml", "README.md", "LICENSE", "NOTICE.md")
LOOK = (
    "from lmd_desktop.catalog import models_folder, resources_folder, starter_planner\n"
    "print((models_folder() / 'catalog.toml').is_file(), resources_folder().is_dir(), starter_planner().is_file())"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in a copy, because building leaves folders behind."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "copy"
    unneeded = shutil.ignore_patterns("__pycache__", "starter_world", ".training")
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=unneeded)
        else:
            shutil.copy2(ROOT / name, copy / name)
    program = "import sys, setuptools.build_meta as backend; backend.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", program, str(folder)], cwd=copy, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_models_resources_and_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    bundled = [name.removeprefix("lmd_desktop/_bundled/") for name in names if "/_bundled/" in name]
    expected = [
        path.relative_to(ROOT).as_posix()
        for folder in ("models/starter", "resources")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    ]
    assert sorted(bundled) == sorted([*expected, "models/catalog.toml"])
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/NOTICE.md") for name in names)


def test_an_installed_app_finds_its_models(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    result = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=tmp_path / "installed", capture_output=True, text=True, check=False
    )
    assert result.stdout.split() == ["True", "True", "True"], result.stderr
