"""Writes the planner as a GGUF that llama.cpp loads, and reads such a file back for more training."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, TokenType
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from models.starter_world.planner.model import Planner, PlannerConfig
from models.starter_world.planner.tokens import CHAT_TEMPLATE, END, PAD, SPECIALS, START

GGUF_PATH = Path(__file__).resolve().parents[2] / "starter" / "planner" / "planner-starter-q8_0.gguf"


def write_gguf(planner: Planner, tokenizer: Tokenizer, path: Path, *, quantised: bool = True) -> None:
    """All keys and tensors that the llama architecture of llama.cpp needs."""
    kind = GGMLQuantizationType.Q8_0 if quantised else GGMLQuantizationType.F32
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    writer = GGUFWriter(partial, "llama")
    _write_sizes(writer, planner.config, quantised=quantised)
    _write_tokenizer(writer, tokenizer)
    for name, weight in planner.state_dict().items():
        array = np.ascontiguousarray(_interleaved(name, weight, planner.config).float().cpu().numpy())
        if array.ndim == 1 or not quantised:
            writer.add_tensor(name, array)
        else:
            writer.add_tensor(name, gguf.quants.quantize(array, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.replace(path)


def load_gguf(path: Path) -> tuple[Planner, Tokenizer]:
    """Network and tokenizer out of a GGUF written by ``write_gguf``."""
    reader = GGUFReader(path)

    def number(key: str) -> float:
        field = reader.fields[key]
        return field.parts[field.data[0]][0].item()

    tokenizer = _read_tokenizer(reader)
    config = PlannerConfig(
        vocabulary=tokenizer.get_vocab_size(),
        width=int(number("llama.embedding_length")),
        layers=int(number("llama.block_count")),
        heads=int(number("llama.attention.head_count")),
        key_heads=int(number("llama.attention.head_count_kv")),
        inner=int(number("llama.feed_forward_length")),
        context=int(number("llama.context_length")),
        rope_base=number("llama.rope.freq_base"),
        norm_epsilon=number("llama.attention.layer_norm_rms_epsilon"),
    )
    planner = Planner(config)
    weights: dict[str, torch.Tensor] = {}
    for tensor in reader.tensors:
        array = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        weights[tensor.name] = _halved(tensor.name, torch.from_numpy(np.array(array, dtype=np.float32)), config)
    planner.load_state_dict(weights)
    return planner, tokenizer


def _interleaved(name: str, weight: torch.Tensor, config: PlannerConfig) -> torch.Tensor:
    """Rows of q and k from halves (rotate-half) to neighbours, as llama.cpp turns them."""
    heads = _rotated_heads(name, config)
    if heads is None:
        return weight
    rows, columns = weight.shape
    return weight.view(heads, 2, rows // heads // 2, columns).transpose(1, 2).reshape(rows, columns)


def _halved(name: str, weight: torch.Tensor, config: PlannerConfig) -> torch.Tensor:
    """The way back."""
    heads = _rotated_heads(name, config)
    if heads is None:
        return weight
    rows, columns = weight.shape
    return weight.view(heads, rows // heads // 2, 2, columns).transpose(1, 2).reshape(rows, columns)


def _rotated_heads(name: str, config: PlannerConfig) -> int | None:
    if name.endswith("attn_q.weight"):
        return config.heads
    return config.key_heads if name.endswith("attn_k.weight") else None


def _write_sizes(writer: GGUFWriter, config: PlannerConfig, *, quantised: bool) -> None:
    writer.add_name("LMD Desktop starter planner")
    writer.add_type("model")
    writer.add_license("Apache-2.0")
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.width)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.inner)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.key_heads)
    writer.add_layer_norm_rms_eps(config.norm_epsilon)
    writer.add_rope_dimension_count(config.head_width)
    writer.add_rope_freq_base(config.rope_base)
    writer.add_vocab_size(config.vocabulary)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if quantised else gguf.LlamaFileType.ALL_F32)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _write_tokenizer(writer: GGUFWriter, tokenizer: Tokenizer) -> None:
    ids = tokenizer.get_vocab(with_added_tokens=True)
    tokens = sorted(ids, key=lambda token: ids[token])
    bpe = tokenizer.to_str()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if token in SPECIALS else TokenType.NORMAL for token in tokens])
    writer.add_token_merges(_merges(bpe))
    writer.add_bos_token_id(ids[START])
    writer.add_eos_token_id(ids[END])
    writer.add_eot_token_id(ids[END])
    writer.add_pad_token_id(ids[PAD])
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _merges(tokenizer_json: str) -> list[str]:
    import json

    merges = json.loads(tokenizer_json)["model"]["merges"]
    return [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]


def _read_tokenizer(reader: GGUFReader) -> Tokenizer:
    def texts(key: str) -> list[str]:
        field = reader.fields[key]
        return [bytes(field.parts[index]).decode("utf-8") for index in field.data]

    tokens = texts("tokenizer.ggml.tokens")
    pairs = [merge.partition(" ") for merge in texts("tokenizer.ggml.merges")]
    merges = [(first, second) for first, _, second in pairs]
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIALS))
    return tokenizer


def main() -> None:
    """Write the GGUF from the newest checkpoint."""
    import argparse

    from models.starter_world.planner.train import FOLDER, load_checkpoint

    parser = argparse.ArgumentParser(description="Export the newest planner checkpoint as GGUF.")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--output", type=Path, default=GGUF_PATH)
    parser.add_argument("--f32", action="store_true", help="do not quantise")
    arguments = parser.parse_args()
    planner, tokenizer = load_checkpoint(arguments.folder)
    write_gguf(planner, tokenizer, arguments.output, quantised=not arguments.f32)


if __name__ == "__main__":
    main()
