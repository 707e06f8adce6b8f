"""Models of the person's own: found where other programs keep them, named, verified, and weighed against a computer."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from model_files import write_planner

from lmd_desktop.app.verdicts import Verdict, verdict
from lmd_desktop.catalog import model_search, starter_painter, starter_planner
from lmd_desktop.catalog.digests import verify
from lmd_desktop.catalog.installed import inspect_model, look_at, starter_models
from lmd_desktop.catalog.model_search import find_models, model_folders
from lmd_desktop.domain.errors import Cancelled
from lmd_desktop.workers.hardware import GraphicsCard, Hardware, look_at_hardware, parse_nvidia

GB = 10**9


def test_the_starters_say_what_they_are() -> None:
    planner, painter = starter_models()
    assert (planner.kind, painter.kind) == ("planner", "painter")
    assert all(
        model.is_starter and model.licence and model.size_bytes and not model.problem for model in starter_models()
    )


def test_a_model_says_its_family_licence_and_size(tmp_path: Path) -> None:
    planner = inspect_model(write_planner(tmp_path / "a.gguf"))
    assert (planner.kind, planner.title, planner.licence) == ("planner", "Tiny talker", "apache-2.0")
    painter = inspect_model(starter_painter())
    assert (painter.kind, painter.size_bytes > 0) == ("painter", True)


def test_a_model_that_is_gone_or_broken_stays_in_the_list_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_text("<html>", encoding="utf-8")
    assert "web page" in look_at(tmp_path / "page.gguf").problem
    assert "There is no" in look_at(tmp_path / "gone.safetensors").problem


def test_models_of_other_programs_are_found_by_looking_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_search, "SMALLEST_MODEL", 100)
    snapshot = tmp_path / ".cache/huggingface/hub/models--a--b/snapshots/0123"
    write_planner(snapshot / "talker.gguf")
    write_planner(tmp_path / ".lmstudio/models/a/b/mmproj-x.gguf")
    (tmp_path / "ComfyUI/models/checkpoints").mkdir(parents=True)
    (tmp_path / "ComfyUI/models/checkpoints/page.safetensors").write_text("<html>" * 99, encoding="utf-8")
    (tmp_path / "ComfyUI/extra_model_paths.yaml").write_text(
        f"comfyui:\n    base_path: {tmp_path}/disk\n    checkpoints: painters\n", encoding="utf-8"
    )
    (tmp_path / "disk/painters").mkdir(parents=True)
    (tmp_path / "disk/painters/starter").symlink_to(starter_painter(), target_is_directory=True)
    folders = model_folders(tmp_path, {})
    assert [program for program, _ in folders] == ["Hugging Face", "ComfyUI", "LM Studio", "ComfyUI"]
    found = [model.path.name for _, folder in folders for model in find_models(folder)]
    assert found == ["talker.gguf"]


def test_a_search_ends_when_it_is_told_to(tmp_path: Path) -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        list(find_models(tmp_path, check=stop))


def test_a_changed_file_no_longer_has_the_hash_of_the_first_look(tmp_path: Path) -> None:
    file = tmp_path / "a.gguf"
    file.write_bytes(b"weights")
    first = verify(file, tmp_path / "cache")
    assert (first.sha256, first.expected, first.is_same) == (hashlib.sha256(b"weights").hexdigest(), None, True)
    assert verify(file, tmp_path / "cache").is_same
    file.write_bytes(b"weightz")
    assert not verify(file, tmp_path / "cache").is_same


def test_a_file_of_the_hub_is_compared_with_the_hash_of_its_publisher(tmp_path: Path) -> None:
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    (blobs / hashlib.sha256(b"whole").hexdigest()).write_bytes(b"cut")
    link = tmp_path / "model.gguf"
    link.symlink_to(blobs / hashlib.sha256(b"whole").hexdigest())
    result = verify(link, tmp_path / "cache")
    assert (result.is_same, result.is_of_publisher) == (False, True)


def test_a_folder_is_verified_whole_and_tells_how_far_it_is(tmp_path: Path) -> None:
    read: list[int] = []
    result = verify(starter_planner().parent, tmp_path, progress=read.append)
    assert read[-1] == sum(file.stat().st_size for file in starter_planner().parent.rglob("*") if file.is_file())
    assert len(result.sha256) == 64


def test_what_the_driver_says_is_read() -> None:
    text = "NVIDIA GeForce RTX 4090, 24564, 550.54\n[N/A], [N/A], x\n"
    assert parse_nvidia(text) == (GraphicsCard("NVIDIA GeForce RTX 4090", 24564 * 1024 * 1024, "550.54"),)


def test_this_computer_is_described(tmp_path: Path) -> None:
    hardware = look_at_hardware(tmp_path / "not" / "yet")
    assert hardware.ram > hardware.ram_free > 0
    assert hardware.disk_free > 0
    assert hardware.processors >= 1


@pytest.mark.parametrize(
    ("card", "ram", "expected"),
    [
        (24, 64, Verdict.ON_CARD), (8, 64, Verdict.IN_MEMORY), (0, 16, Verdict.IN_MEMORY), (0, 8, Verdict.TOO_LARGE),
    ],
)  # fmt: skip
def test_a_painter_of_five_gigabytes_is_weighed(card: int, ram: int, expected: Verdict) -> None:
    cards = (GraphicsCard("card", card * GB),) if card else ()
    assert verdict("renderer", 5 * GB, Hardware(ram * GB, ram * GB, 100 * GB, 8, cards)) is expected
