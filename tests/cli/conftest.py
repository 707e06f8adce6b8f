"""One scene for the whole session: planned, edited and painted by real commands with the starter models."""

from __future__ import annotations

import pytest
from cli_process import FirstLight, call


@pytest.fixture(scope="session")
def first_light(tmp_path_factory: pytest.TempPathFactory) -> FirstLight:
    folder = tmp_path_factory.mktemp("first-light")
    scene, home = folder / "scene.lmdscene", folder / "home"
    prompt = "a red car on the left of a blue cup, without cats"
    plan = call("plan", prompt, "--scene", scene, "--seed", "1", home=home).data
    first = plan["boxes"][0]
    edit = call("edit", scene, "--move", first["id"], "8", "16", "--json", home=home).data
    render = call("render", scene, "--steps", "4", "--seed", "5", "--device", "cpu", home=home).data
    return FirstLight(scene, home, plan, edit, render)
