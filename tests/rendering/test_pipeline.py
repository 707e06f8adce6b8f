"""Loading painters, and refusing what is none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Size
from lmd_desktop.rendering.devices import available_devices
from lmd_desktop.rendering.methods import method_specs
from lmd_desktop.rendering.pipeline import load_pipeline


@pytest.fixture
def folder(gated_folder: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(gated_folder, tmp_path / "painter"))


def test_a_folder_is_loaded_with_what_it_can_do(gated_folder: Path) -> None:
    pipeline = load_pipeline(gated_folder, device="auto")
    assert pipeline.native_size == Size(128, 128)
    assert pipeline.size_multiple == 16
    assert pipeline.is_gated
    assert not pipeline.knows_clip_words
    assert not any(parameter.requires_grad for parameter in pipeline.unet.parameters())


def test_half_precision_weights_become_single_on_a_cpu(folder: Path) -> None:
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    halved = {name: weight.half() for name, weight in load_file(file).items()}
    file.unlink()
    save_file(halved, folder / "unet" / "diffusion_pytorch_model.fp16.safetensors", metadata={"format": "pt"})
    pipeline = load_pipeline(folder, device="cpu")
    assert {parameter.dtype for parameter in pipeline.unet.parameters()} == {torch.float32}


def test_the_hash_tells_other_weights(gated_folder: Path, folder: Path) -> None:
    before = load_pipeline(gated_folder, device="cpu").sha256
    assert load_pipeline(folder, device="cpu").sha256 == before
    config = folder / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert load_pipeline(folder, device="cpu").sha256 != before


def _truncate(folder: Path) -> None:
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])


def _make_xl(folder: Path) -> None:
    (folder / "model_index.json").write_text(json.dumps({"text_encoder_2": []}), encoding="utf-8")


def _pickle(folder: Path) -> None:
    (folder / "unet" / "diffusion_pytorch_model.safetensors").rename(folder / "unet" / "diffusion_pytorch_model.bin")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "model_index.json").unlink(), "no model_index.json"),
        (lambda folder: (folder / "model_index.json").write_text("{", encoding="utf-8"), "damaged"),
        (lambda folder: shutil.rmtree(folder / "vae"), "lacks vae"),
        (lambda folder: (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink(), "holds no weights"),
        (_pickle, "pickle"),
        (_truncate, "not downloaded to its end"),
        (_make_xl, "lacks tokenizer_2, text_encoder_2"),
        (shutil.rmtree, "no painter model at"),
    ],
)
def test_a_spoilt_folder_is_refused_in_words(folder: Path, spoil: Callable[[Path], None], words: str) -> None:
    spoil(folder)
    with pytest.raises(UserError, match=words) as refused:
        load_pipeline(folder, device="cpu")
    assert refused.value.exit_code == ExitCode.MODEL_MISSING


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("model.ckpt", b"PK", "pickle"),
        ("model.safetensors", b"<!DOCTYPE html>", "web page"),
        ("model.safetensors", b"\x02\0\0\0\0\0\0\0{}", "none of a painter"),
        ("notes.txt", b"hello", "not a painter"),
    ],
)
def test_a_file_is_refused_in_words(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(UserError, match=words):
        load_pipeline(file, device="cpu")


def test_a_device_that_is_not_there_is_refused(gated_folder: Path) -> None:
    with pytest.raises(UserError, match="“npu” is not available") as refused:
        load_pipeline(gated_folder, device="npu")
    assert refused.value.exit_code == ExitCode.USAGE
    assert available_devices()[-1] == "cpu"


def test_the_methods_announce_possible_defaults() -> None:
    specs = method_specs()
    names = [spec.name for spec in specs]
    assert (names[0], names[-1]) == ("lmd_plus", "plain")
    assert len(set(names)) == len(names)
    for parameter in (parameter for spec in specs for parameter in spec.parameters):
        match parameter.kind:
            case "choice":
                assert parameter.default in parameter.choices
            case "bool":
                assert isinstance(parameter.default, bool)
            case _:
                assert parameter.minimum <= float(parameter.default) <= parameter.maximum
