"""Headers and lists that lie, repeat themselves, never end or name files elsewhere are refused in words."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from lmd_desktop.catalog import inspect_gguf, inspect_painter, models_folder
from lmd_desktop.catalog.known_models import read_catalog
from lmd_desktop.catalog.safetensors_header import read_weights_header
from lmd_desktop.domain.errors import UserError
from tests.benchmarks.fuzz_formats import gguf_seed
from tests.catalog.test_checkpoint_files import SD1, write, write_header

TENSOR = {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]}


def weights(path: Path, text: bytes) -> Path:
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(64))
    return path


@pytest.mark.parametrize(
    "header",
    [
        {"a": TENSOR | {"data_offsets": [0, 4]}},
        {"a": TENSOR | {"data_offsets": [8, 0]}},
        {"a": TENSOR | {"data_offsets": [-8, 0]}},
        {"a": TENSOR, "b": TENSOR},
        {"a": TENSOR, "b": TENSOR | {"data_offsets": [16, 24]}},
        {"a": TENSOR | {"dtype": "F17"}},
        {"a": TENSOR | {"dtype": ["F16"]}},
        {"a": TENSOR | {"shape": "22"}},
        {"a": TENSOR | {"shape": [True, 4]}},
        {"a": TENSOR | {"shape": [2] * 1000}},
        {"a": TENSOR | {"data_offsets": [0, 8, 16]}},
        {"a": [1]},
        ["a"],
    ],
)
def test_a_header_whose_places_do_not_fit_its_shapes_is_refused(tmp_path: Path, header: object) -> None:
    with pytest.raises(UserError, match="is damaged"):
        read_weights_header(write_header(tmp_path / "a.safetensors", header, 64))


@pytest.mark.parametrize(
    "text",
    [b"[" * 100_000, b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": 1e999}', b"1" * 9000, b"\xff", b'{"a": "\\ud800"'],
)
def test_json_that_is_no_json_is_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(UserError, match="is damaged"):
        read_weights_header(weights(tmp_path / "a.safetensors", text))


def test_a_header_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", 2**62) + b"{}")
    with pytest.raises(UserError, match="is damaged"):
        read_weights_header(path)


def test_a_planner_that_claims_millions_of_keys_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 2**40))
    with path.open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises(UserError, match="is damaged"):
        inspect_gguf(path)


def test_a_name_that_hides_something_is_shown_without_it(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(gguf_seed().replace(b"Tiny", b"\xe2\x80\xaeny"))
    with pytest.raises(UserError):  # one byte too many: the header no longer fits
        inspect_gguf(path)
    path.write_bytes(gguf_seed().replace(b"Tiny", b"\xe2\x80\xaey"))
    assert inspect_gguf(path).name == "y"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes (POSIX)")
def test_a_pipe_or_a_device_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    with pytest.raises(UserError, match="is not an ordinary file"):
        inspect_gguf(tmp_path / "pipe.gguf")
    (tmp_path / "zero.safetensors").symlink_to("/dev/zero")
    with pytest.raises(UserError, match="is not an ordinary file"):
        inspect_painter(tmp_path / "zero.safetensors")


def painter_folder(folder: Path, **configs: Any) -> Path:
    contents: dict[str, Any] = {"unet": {"sample_size": 16}, "vae": {"block_out_channels": [8, 8]}, "text_encoder": {}}
    for part in ("tokenizer", "scheduler", *contents):
        (folder / part).mkdir(parents=True)
    for part, config in (contents | configs).items():
        (folder / part / "config.json").write_text(json.dumps(config), encoding="utf-8")
        write(folder / part / "model.safetensors", SD1)
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}', encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("part", "config"),
    [
        ("vae", {"block_out_channels": [1] * 5000}),
        ("vae", {"block_out_channels": "wide"}),
        ("unet", {"sample_size": 10**9}),
        ("unet", {"sample_size": [1, 2, 3]}),
        ("unet", {"sample_size": "64"}),
    ],
)
def test_a_painter_of_impossible_size_is_refused(tmp_path: Path, part: str, config: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="impossible size"):
        inspect_painter(painter_folder(tmp_path / "painter", **{part: config}))


@pytest.mark.parametrize("name", ["../../secret.safetensors", "/etc/passwd", "a/b.safetensors", "..", "a\u202eb"])
def test_weights_that_lie_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    painter = painter_folder(tmp_path / "painter")
    index = painter / "unet" / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": name}}), encoding="utf-8")
    with pytest.raises(UserError, match="names files outside of its folder"):
        inspect_painter(painter)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('id = "qwen3-1.7b"', 'id = "../x"'),
        ('id = "qwen3-1.7b"', 'id = "starter-planner"'),
        ('"ggml-org/Qwen3-1.7B-GGUF"', '"https://evil.example/x"'),
        ('"ggml-org/Qwen3-1.7B-GGUF"', '"../.."'),
        ('"starter/planner"', '"../../home"'),
        ('"Qwen3-1.7B-Q4_K_M.gguf"', '"../Qwen.gguf"'),
        ('"Qwen3-1.7B-Q4_K_M.gguf"', '"C:\\\\Qwen.gguf"'),
        ("size_mb = 1280", "size_mb = nan"),
        ("size_mb = 1280", "size_mb = 1280\nprogram = 1"),
        ("size_mb = 1280", "size_mb = " + "[" * 5000),
        ('title = "Qwen3 1.7B, Q4_K_M"', 'title = "a\\u202Eb"'),
        ('kind = "planner"', 'kind = "program"'),
        ('tier = "small"', 'tier = "huge"'),
        ("memory_4k_mb = 1900", "memory_4k_mb = -1"),
        ("reuses_prompt = true", 'reuses_prompt = "yes"'),
        ("[model.planner]", "[model.planer]"),
    ],
)
def test_a_catalogue_with_a_mistake_is_refused(before: str, after: str) -> None:
    text = (models_folder() / "catalog.toml").read_text(encoding="utf-8")
    assert before in text
    with pytest.raises(UserError, match=r"catalog\.toml"):
        read_catalog(text.replace(before, after).encode())
