"""A planner file is looked at before it is loaded, and what is wrong with it is told in words."""

from __future__ import annotations

import contextlib
from pathlib import Path

import gguf
import numpy as np
import pytest

from lmd_desktop.catalog import inspect_gguf
from lmd_desktop.catalog.gguf_file import BLOCKS
from lmd_desktop.domain.errors import ExitCode, UserError

TEMPLATE = "{% for m in messages %}{{ m.content }}{% endfor %}"


def write_gguf(path: Path, *, template: str | None = TEMPLATE, has_weights: bool = True) -> Path:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Tiny")
    writer.add_context_length(2048)
    writer.add_file_type(7)
    writer.add_token_list(["<s>", "a", "é"])
    writer.add_array("tokenizer.ggml.scores", [0.0, 1.0, 2.0])
    if template is not None:
        writer.add_chat_template(template)
    if has_weights:
        weights = np.ones((8, 64), dtype=np.float32)
        quantised = gguf.quants.quantize(weights, gguf.GGMLQuantizationType.Q8_0)
        writer.add_tensor("token_embd.weight", quantised, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        writer.add_tensor("output_norm.weight", np.ones(64, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def refusal(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        inspect_gguf(path)
    assert caught.value.exit_code is ExitCode.MODEL_MISSING
    assert caught.value.next_step
    return caught.value


def test_a_whole_file_tells_what_it_is(tmp_path: Path) -> None:
    info = inspect_gguf(write_gguf(tmp_path / "tiny.gguf"))
    assert (info.name, info.architecture, info.quantisation) == ("Tiny", "llama", "Q8_0")
    assert (info.context_length, info.tensor_count) == (2048, 2)
    assert info.chat_template == TEMPLATE


def test_a_file_cut_anywhere_is_told_as_not_whole(tmp_path: Path) -> None:
    whole = write_gguf(tmp_path / "tiny.gguf").read_bytes()
    cut = tmp_path / "cut.gguf"
    # The last tensor is padded behind its data: a cut there loses nothing.
    for length in [4, 8, 30, len(whole) // 3, len(whole) // 2, len(whole) - 65]:
        cut.write_bytes(whole[:length])
        assert "not downloaded to its end" in refusal(cut).cause


def test_wrong_bytes_in_the_header_never_crash(tmp_path: Path) -> None:
    whole = write_gguf(tmp_path / "tiny.gguf").read_bytes()
    broken = tmp_path / "broken.gguf"
    random = np.random.default_rng(0)
    for _ in range(300):
        data = bytearray(whole)
        for place in random.integers(4, 400, 4):
            data[place] = int(random.integers(256))
        broken.write_bytes(bytes(data))
        with contextlib.suppress(UserError):
            inspect_gguf(broken)


def test_a_missing_file(tmp_path: Path) -> None:
    assert "There is no planner model" in refusal(tmp_path / "missing.gguf").cause


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path).cause


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n<!DOCTYPE html><html><body>Log in</body></html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"PK\x03\x04rest", "PyTorch"),
        (b"hello", "is not a GGUF file"),
        (b"GGUF" + b"\x01\0\0\0" + bytes(64), "GGUF version 1"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "planner.gguf"
    path.write_bytes(data)
    assert words in refusal(path).cause


def test_a_file_without_chat_template(tmp_path: Path) -> None:
    error = refusal(write_gguf(tmp_path / "base.gguf", template=None))
    assert "no chat template" in error.cause
    assert "instruction-tuned" in error.next_step


def test_a_vocabulary_alone(tmp_path: Path) -> None:
    assert "no weights" in refusal(write_gguf(tmp_path / "vocabulary.gguf", has_weights=False)).cause


def test_a_file_with_its_experts_apart(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "old.gguf", "llama")
    writer.add_chat_template(TEMPLATE)
    writer.add_tensor("blk.0.ffn_gate.1.weight", np.ones((8, 64), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    assert "experts" in refusal(tmp_path / "old.gguf").cause


def test_the_table_of_tensor_types_agrees_with_the_gguf_package() -> None:
    assert {int(kind): tuple(sizes) for kind, sizes in gguf.GGML_QUANT_SIZES.items()} == BLOCKS
