"""Writes a GGUF of a real architecture with random weights and a vocabulary of real size, for figures and for proofs.

Qwen3: 151,936 tokens of byte-level BPE, grouped heads with normed queries and keys, tied embeddings, Q8_0. The
vocabulary is made up: words of the planner's texts, every CJK character, and combinations of letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter
from numpy.typing import NDArray

from lmd_desktop.planning.templates import bundled_template

VOCABULARY = 151_936
CONTEXT = 40_960
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
CONTROL, UNUSED, USER_DEFINED = 3, 5, 4
Q8_BLOCK, Q8_BYTES = 32, 34
TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}"
    "{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}"
    "{% endif %}"
)


@dataclass(frozen=True, slots=True)
class RandomShape:
    blocks: int
    width: int
    inner: int
    heads: int
    kv_heads: int
    head_size: int


TEACHING = RandomShape(blocks=28, width=1024, inner=3072, heads=16, kv_heads=8, head_size=128)  # Qwen3-0.6B
FLAT = RandomShape(blocks=2, width=256, inner=512, heads=4, kv_heads=2, head_size=64)  # nearly only the vocabulary
SMALL = RandomShape(blocks=16, width=512, inner=1536, heads=8, kv_heads=4, head_size=64)


def write_random_model(path: Path, shape: RandomShape, *, seed: int = 0) -> Path:
    """About 630 MB for TEACHING, 41 MB for FLAT, 140 MB for SMALL."""
    writer = GGUFWriter(path, "qwen3")
    writer.add_name(f"Random Qwen3 of {shape.blocks} blocks")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.blocks)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_size)
    writer.add_value_length(shape.head_size)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_file_type(7)
    _add_tokenizer(writer)
    rng = np.random.default_rng(seed)

    def add(name: str, rows: int, columns: int) -> None:
        data = _random_q8(rng, rows, columns)
        writer.add_tensor(f"{name}.weight", data, raw_dtype=GGMLQuantizationType.Q8_0)

    def add_norm(name: str, size: int) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(size, dtype=np.float32))

    add("token_embd", VOCABULARY, shape.width)
    add_norm("output_norm", shape.width)
    for block in range(shape.blocks):
        start = f"blk.{block}"
        add(f"{start}.attn_q", shape.heads * shape.head_size, shape.width)
        add(f"{start}.attn_k", shape.kv_heads * shape.head_size, shape.width)
        add(f"{start}.attn_v", shape.kv_heads * shape.head_size, shape.width)
        add(f"{start}.attn_output", shape.width, shape.heads * shape.head_size)
        add(f"{start}.ffn_gate", shape.inner, shape.width)
        add(f"{start}.ffn_up", shape.inner, shape.width)
        add(f"{start}.ffn_down", shape.width, shape.inner)
        for name, size in (("attn", shape.width), ("ffn", shape.width)):
            add_norm(f"{start}.{name}_norm", size)
        for name in ("attn_q_norm", "attn_k_norm"):
            add_norm(f"{start}.{name}", shape.head_size)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokenizer(writer: GGUFWriter) -> None:
    letters = _byte_letters()
    tokens = dict.fromkeys(letters)
    merges: list[str] = []
    for text in _texts():
        spelled = [letters[byte] for byte in text.encode("utf-8")]
        for end in range(1, len(spelled)):
            start = "".join(spelled[:end])
            if start + spelled[end] not in tokens:
                tokens[start + spelled[end]] = None
                merges.append(f"{start} {spelled[end]}")
        if len(tokens) >= VOCABULARY - 2 * len(SPECIALS):
            break
    names = [*tokens, *SPECIALS]
    names += [f"<|unused_{number}|>" for number in range(VOCABULARY - len(names))]
    types = [1] * len(tokens)
    types += [USER_DEFINED if "think" in name else CONTROL for name in SPECIALS]
    types += [UNUSED] * (VOCABULARY - len(types))
    ids = {name: len(tokens) + number for number, name in enumerate(SPECIALS)}
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(names)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(ids["<|endoftext|>"])
    writer.add_eos_token_id(ids["<|im_end|>"])
    writer.add_pad_token_id(ids["<|endoftext|>"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def _texts() -> Iterator[str]:
    """Texts whose beginnings become tokens, the most useful ones first."""
    yield from ("\n\n", " |", " (", "->")
    for word in dict.fromkeys(bundled_template().split()):
        yield from (f" {word}", word)
    yield from (chr(number) for number in range(0x4E00, 0xA000))
    common, alphabet = "etaoinshrdlucmfwy", "abcdefghijklmnopqrstuvwxyz"
    for start in (" ", ""):
        yield from (start + "".join(combination) for combination in product(alphabet, repeat=3))
    for start in (" ", ""):
        yield from (start + "".join(combination) for combination in product(common, repeat=4))


def _byte_letters() -> list[str]:
    """The alphabet of byte-level BPE: printable bytes stand for themselves."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


def _random_q8(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.uint8]:
    """Blocks of a scale and 32 small integers, so that the products of a row have about unit variance."""
    blocks = rng.integers(0, 256, size=(rows, columns // Q8_BLOCK, Q8_BYTES), dtype=np.uint8)
    scale = np.float16(1.0 / (74.0 * np.sqrt(columns)))  # 74: standard deviation of a random int8
    blocks[:, :, :2] = np.frombuffer(scale.tobytes(), dtype=np.uint8)
    return blocks.reshape(rows, -1)
