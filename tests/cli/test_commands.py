"""The commands do the whole job in real processes with the starter models, and their JSON keeps its shape."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import zipfile
from pathlib import Path

import psutil
import pytest
from cli_process import FirstLight, call, finish, read_until, start
from PIL import Image

from lmd_desktop.domain.scene import CanvasEdit, Plan, Request
from lmd_desktop.storage.png_metadata import read_png
from lmd_desktop.storage.scene_file import explanation_name, load_scene

PLAN_KEYS = ["boxes", "background_prompt", "negative_prompt", "canvas", "seed", "model", "raw", "tokens", "answers"]
RENDER_KEYS = ["picture", "scene", "method", "parameters", "seed", "size", "seconds", "peak_mb"]


def test_plan_prints_the_layout_as_promised(first_light: FirstLight) -> None:
    plan = first_light.plan
    assert list(plan) == PLAN_KEYS
    assert plan["boxes"]
    assert list(plan["boxes"][0]) == ["id", "phrase", "x", "y", "width", "height"]
    assert plan["canvas"] == [512, 512]
    assert plan["seed"] == 1
    assert list(plan["tokens"]) == ["evaluated", "reused", "generated", "copied"]
    assert plan["tokens"]["evaluated"] > 0
    assert plan["answers"] >= 1


def test_the_scene_file_holds_the_dialog_with_the_hand_edit(first_light: FirstLight) -> None:
    scene = load_scene(first_light.scene).content.scene
    assert [type(turn) for turn in scene.dialog.turns] == [Request, Plan, CanvasEdit]
    moved = scene.layout.box(first_light.plan["boxes"][0]["id"])
    assert (moved.rect.x, moved.rect.y) == (8, 16)
    assert first_light.edit["changed"].startswith("moved “")


def test_render_adds_the_picture_to_the_scene_and_writes_it_beside(first_light: FirstLight) -> None:
    render = first_light.render
    assert list(render) == RENDER_KEYS
    assert render["method"] == "lmd_plus"
    assert render["parameters"]
    assert render["seed"] == 5
    assert set(render["seconds"]) >= {"denoise", "decode"}
    picture = Path(render["picture"])
    assert picture == first_light.scene.with_suffix(".png")
    with Image.open(picture) as image:
        assert list(image.size) == render["size"]
    content = load_scene(first_light.scene).content
    assert [(record.turn, record.request.seed) for record in content.renders] == [(content.scene.dialog.head, 5)]
    assert read_png(picture).scene == content.scene


def test_several_pictures_come_as_a_list_beside_the_first_with_what_explains_them(
    first_light: FirstLight, tmp_path: Path
) -> None:
    scene = tmp_path / "several.lmdscene"
    shutil.copy(first_light.scene, scene)
    before = len(load_scene(scene).content.renders)
    options = ["--count", "2", "--seed", "5", "--steps", "2", "--preset", "draft", "--sampler", "unipc"]
    render = call("render", scene, *options, "--low-memory", "--explain", home=first_light.home).data
    assert list(render) == [*RENDER_KEYS, "explanation", "pictures"]
    assert [picture["seed"] for picture in render["pictures"]] == [5, 6]
    assert render["pictures"][0] == {name: value for name, value in render.items() if name != "pictures"}
    assert render["parameters"]["iterations"] == 3  # half as many again as the default of LMD+
    records = load_scene(scene).content.renders[before:]
    assert [(one.request.seed, one.request.sampler, one.scheduler) for one in records] == [
        (seed, "unipc", "UniPCMultistepScheduler") for seed in (5, 6)
    ]
    with zipfile.ZipFile(scene) as archive:
        entries = [archive.read(explanation_name(record.sha256)) for record in records]
    assert entries == [Path(picture["explanation"]).read_bytes() for picture in render["pictures"]]


def test_the_same_seed_gives_the_same_layout(first_light: FirstLight) -> None:
    prompt = "a red car on the left of a blue cup, without cats"
    again = call("plan", prompt, "--seed", "1", "--json", home=first_light.home).data
    assert again == first_light.plan


def test_the_next_turn_keeps_a_locked_box(first_light: FirstLight, tmp_path: Path) -> None:
    scene = tmp_path / "next.lmdscene"
    shutil.copy(first_light.scene, scene)
    first = first_light.plan["boxes"][0]
    call("edit", scene, "--lock", first["id"], home=first_light.home)
    plan = call("plan", "add a yellow ball", "--scene", scene, "--seed", "2", home=first_light.home).data
    assert plan["boxes"][0] == first | {"x": 8, "y": 16}
    turns = load_scene(scene).content.scene.dialog.turns
    # The picture shows the moved box, so locking it is a turn of its own.
    assert [type(turn) for turn in turns] == [Request, Plan, CanvasEdit, CanvasEdit, Request, Plan]


def test_run_does_everything_in_one_go(tmp_path: Path) -> None:
    run = call("run", "a red ball", "--seed", "3", "-o", tmp_path / "out", home=tmp_path / "home").data
    assert list(run) == [*RENDER_KEYS, "layout"]
    assert list(run["layout"]) == PLAN_KEYS[:4]
    assert Path(run["picture"]).parent == tmp_path / "out"
    assert load_scene(Path(run["scene"])).content.renders
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".lmdscene", ".png"]


def test_methods_lists_every_method_with_its_parameters_and_the_presets(tmp_path: Path) -> None:
    listed = call("methods", "--json", home=tmp_path).data
    assert [preset["name"] for preset in listed["presets"]] == ["draft", "standard", "fine"]
    assert [sampler["name"] for sampler in listed["samplers"] if not sampler["needs"]][:2] == ["ddim", "dpmpp_2m"]
    methods = listed["methods"]
    assert {method["name"] for method in methods} >= {"plain", "gligen", "lmd_plus"}
    assert {"name", "title", "summary", "kind", "default"} <= set(methods[0]["parameters"][0])


def test_a_plan_tells_what_it_takes_before_the_model_is_loaded(tmp_path: Path) -> None:
    told = call("plan", "a red car", "--seed", "1", "--candidates", "1", home=tmp_path).err
    assert 0 <= told.find("The planner needs about") < told.find("Reading the request")


def test_doctor_tries_both_workers(tmp_path: Path) -> None:
    report = call("doctor", "--json", home=tmp_path).data
    assert report["self_test"]["planner"]["ok"]
    assert report["self_test"]["renderer"]["ok"]
    assert "cpu" in report["devices"]
    assert report["painting"]["precision"] in ("float32", "bfloat16", "float16")
    assert report["painting"]["reason"]
    assert report["planning"]["fits"]
    assert "of memory" in report["planning"]["estimate"]
    assert all(model["ok"] for model in report["models"])
    assert report["versions"]["torch"] != "missing"


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process on Windows")
def test_ctrl_c_cancels_the_picture_and_leaves_the_scene(first_light: FirstLight) -> None:
    before = first_light.scene.read_bytes()
    process = start("render", first_light.scene, "--steps", "900", home=first_light.home)
    read_until(process, "Painting")
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    finished = finish(process)
    assert finished.code == 130
    assert "Cancelled." in finished.err
    assert "Traceback" not in finished.err
    assert first_light.scene.read_bytes() == before
    assert not psutil.wait_procs(workers, timeout=10)[1]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_renderer_killed_twice_is_told_in_one_sentence(first_light: FirstLight) -> None:
    before = first_light.scene.read_bytes()
    process = start("render", first_light.scene, "--steps", "900", home=first_light.home)
    for sign in ("Painting", "Loading"):  # the second attempt is killed as it begins
        read_until(process, sign)
        for worker in psutil.Process(process.pid).children(recursive=True):
            if "spawn_main" in " ".join(worker.cmdline()):
                os.kill(worker.pid, signal.SIGKILL)
    finished = finish(process)
    assert finished.code in (1, 4)
    last = finished.err.strip().splitlines()[-1]
    assert last.startswith("The renderer was")
    assert "Traceback" not in finished.err
    assert first_light.scene.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_plan_that_cannot_be_saved_is_printed_all_the_same(tmp_path: Path) -> None:
    scene = tmp_path / "scene.lmdscene"
    call("plan", "a cat", "--scene", scene, home=tmp_path / "home")
    before = scene.read_bytes()
    finished = call("plan", "a dog", "--scene", scene, home=tmp_path / "home", max_file_bytes=500)
    assert finished.code == 1
    assert list(json.loads(finished.out)) == PLAN_KEYS
    assert "the disk is full" in finished.err
    assert "Traceback" not in finished.err
    assert scene.read_bytes() == before


def test_errors_leave_standard_output_empty(tmp_path: Path) -> None:
    finished = call("plan", "a cat", "--model", tmp_path / "missing.gguf", "--json", home=tmp_path)
    assert (finished.code, finished.out) == (3, "")
    assert finished.err.count("\n") == 1


def test_json_keeps_every_language(tmp_path: Path) -> None:
    scene = tmp_path / "红.lmdscene"
    call("plan", "a cat", "--scene", scene, home=tmp_path)
    finished = call("edit", scene, "--background", "雪原 😀", "--json", home=tmp_path)
    assert json.loads(finished.out)["background_prompt"] == "雪原 😀"
    assert "雪原" in finished.out
