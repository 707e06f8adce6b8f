"""Copies the starter models and the resources into the wheel, so that ``pip install`` alone gives a working app."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = ("models/catalog.toml", "models/starter", "resources")


class BuildWithModels(build_py):
    """Adds ``lmd_desktop/_bundled``; an editable install reads the checkout itself."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "lmd_desktop" / "_bundled"
        shutil.rmtree(target, ignore_errors=True)
        for name in BUNDLED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, target / name)
            else:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target / name)
