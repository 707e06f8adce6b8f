"""A painter folder is looked at before it is loaded, and what is wrong with it is told in words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from lmd_desktop.catalog import inspect_painter
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Size


@pytest.fixture
def painter(tmp_path: Path) -> Path:
    folder = tmp_path / "painter"
    for part in ("tokenizer", "text_encoder", "unet", "vae", "scheduler"):
        (folder / part).mkdir(parents=True)
    write_json(folder / "model_index.json", {"_class_name": "StableDiffusionPipeline"})
    write_json(folder / "unet" / "config.json", {"sample_size": 16, "attention_type": "gated"})
    write_json(folder / "vae" / "config.json", {"block_out_channels": [1, 2, 3, 4]})
    for part, name in (
        ("unet", "diffusion_pytorch_model"),
        ("vae", "diffusion_pytorch_model"),
        ("text_encoder", "model"),
    ):
        save_file({"weight": np.zeros(100, dtype=np.float32)}, folder / part / f"{name}.safetensors")
    return folder


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def refusal(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        inspect_painter(path)
    assert caught.value.exit_code is ExitCode.MODEL_MISSING
    assert caught.value.next_step
    return caught.value


def test_a_whole_folder_tells_what_it_is(painter: Path) -> None:
    info = inspect_painter(painter)
    assert (info.name, info.pipeline, info.is_gated) == ("painter", "StableDiffusionPipeline", True)
    assert info.native_size == Size(128, 128)


def test_a_missing_folder(tmp_path: Path) -> None:
    assert "There is no painter model" in refusal(tmp_path / "missing").cause


def test_a_folder_without_a_painter(tmp_path: Path) -> None:
    assert "no model_index.json" in refusal(tmp_path).cause


def test_a_missing_part_is_named(painter: Path) -> None:
    (painter / "scheduler").rmdir()
    assert "lacks scheduler" in refusal(painter).cause


def test_pickled_weights_are_refused(painter: Path) -> None:
    weights = painter / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    error = refusal(painter)
    assert "pickle" in error.cause
    assert "run any program" in error.next_step


def test_truncated_weights_are_told(painter: Path) -> None:
    weights = painter / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-40])
    assert "40 bytes are missing" in refusal(painter).cause


def test_a_git_lfs_pointer_instead_of_weights_is_told(painter: Path) -> None:
    (painter / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(
        b"version https://git-lfs.github.com/spec/v1\n"
    )
    assert "diffusion_pytorch_model.safetensors" in refusal(painter).cause


def test_a_model_of_another_family_is_named(painter: Path) -> None:
    write_json(painter / "model_index.json", {"_class_name": "FluxPipeline", "transformer": []})
    assert "FluxPipeline: not supported" in refusal(painter).cause


def test_a_folder_of_sdxl_needs_both_text_encoders(painter: Path) -> None:
    write_json(painter / "model_index.json", {"_class_name": "StableDiffusionXLPipeline", "text_encoder_2": []})
    assert "lacks tokenizer_2, text_encoder_2" in refusal(painter).cause


def test_a_missing_shard_is_named(painter: Path) -> None:
    index = painter / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    write_json(index, {"weight_map": {"a": "part-1-of-2.safetensors"}})
    assert "lacks part-1-of-2.safetensors" in refusal(painter).cause


def test_an_inpainting_folder_is_named(painter: Path) -> None:
    write_json(painter / "unet" / "config.json", {"sample_size": 16, "in_channels": 9})
    assert "reads 9 channels" in refusal(painter).cause


def test_a_damaged_index_is_told(painter: Path) -> None:
    (painter / "model_index.json").write_text("{", encoding="utf-8")
    assert "damaged" in refusal(painter).cause


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("model.ckpt", b"PK\x03\x04", "pickle"),
        ("model.safetensors", b"<!DOCTYPE html><html>", "web page"),
        ("model.gguf", b"GGUF\x03\0\0\0", "a GGUF language model"),
        ("model.safetensors", b"\x10", "not downloaded to its end"),
        ("model.txt", b"hello", "not a painter"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, *, name: str, data: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert words in refusal(path).cause
