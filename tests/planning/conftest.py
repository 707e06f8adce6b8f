"""A real GGUF with random weights and a real tokenizer, and an engine whose model says what the test wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter
from numpy.typing import NDArray

from lmd_desktop.planning.engine import Engine, Evaluated, Grammar
from lmd_desktop.planning.llama import LlamaEngine
from lmd_desktop.planning.planner import Planner

CHATML = (
    "{% for message in messages %}{% if message.role != 'system' %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WORDS = ("box", "bg", "neg", "canvas", "request", " a", " red", " car", " blue", " cup", " |")
STARTER = Path(__file__).parents[2] / "models/starter/planner/planner-starter-q8_0.gguf"


def write_tiny_gguf(
    path: Path,
    *,
    template: str | None = CHATML,
    markers: Sequence[str] = (),
    context: int = 2048,
    seed: int = 0,
    is_sentencepiece: bool = False,
    name: str = "Tiny",
) -> Path:
    """A llama of one layer with random weights, and a vocabulary with the words of the line format."""
    words = (*WORDS, *(f" {number}" for number in range(0, 513, 8)))
    writer = GGUFWriter(path, "llama")
    if is_sentencepiece:
        tokens, types = _sentencepiece(words)
        writer.add_tokenizer_model("llama")
        writer.add_token_scores([-float(index) for index in range(len(tokens))] + [0.0] * (len(markers) + 3))
        writer.add_add_space_prefix(True)
        writer.add_unk_token_id(0)
    else:
        tokens, merges = _byte_level_bpe(words)
        types = [1] * len(tokens)
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("gpt-2")
        writer.add_token_merges(merges)
    types += [4] * len(markers) + [3, 3, 3]
    tokens += [*markers, "<|im_start|>", "<|im_end|>", "<|pad|>"]
    width, inner = 32, 64
    writer.add_name(name)
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width)
    writer.add_vocab_size(len(tokens))
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_bos_token_id(len(tokens) - 3)
    writer.add_eos_token_id(len(tokens) - 2)
    writer.add_pad_token_id(len(tokens) - 1)
    writer.add_add_bos_token(False)
    if template is not None:
        writer.add_chat_template(template)
    rng = np.random.default_rng(seed)
    shapes = {"token_embd": (len(tokens), width), "output": (len(tokens), width)}
    shapes |= {f"blk.0.attn_{name}": (width, width) for name in ("q", "k", "v", "output")}
    shapes |= {"blk.0.ffn_gate": (inner, width), "blk.0.ffn_up": (inner, width), "blk.0.ffn_down": (width, inner)}
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", rng.standard_normal(shape).astype(np.float32))
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(width, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


class ScriptedEngine:
    """The tokenizer and grammar of a real engine; the model's scores favour a script, token by token.

    Tokens that the script would need but the grammar forbids are replaced as by any model: by the next best.
    """

    def __init__(self, real: Engine, script: str, *, context_size: int | None = None) -> None:
        self._real = real
        self._script = [*real.tokenize(script), self._end_token()]
        self._place = self._start = 0
        self.can_forget, self.state_key = True, "scripted"
        self.name, self.description = "Scripted", "no model"
        self.chat_template, self.bos_text, self.eos_text = real.chat_template, real.bos_text, real.eos_text
        self.bos_id, self.special_tokens, self.markers = real.bos_id, real.special_tokens, real.markers
        self.context_size = context_size or real.context_size
        self.parameters = 4_000_000_000
        self.prompts: list[list[int]] = []
        self.is_closed = False

    def tokenize(self, text: str) -> list[int]:
        return self._real.tokenize(text)

    def piece(self, token: int) -> bytes:
        return self._real.piece(token)

    def is_end(self, token: int) -> bool:
        return self._real.is_end(token)

    def evaluate(
        self, tokens: Sequence[int], *, check: Callable[[], None], on_progress: Callable[[int, int], None]
    ) -> Evaluated:
        check()
        self.prompts.append(list(tokens))
        on_progress(len(tokens), len(tokens))
        self._place = self._start = 0
        return Evaluated(len(tokens), 0)

    def append(self, *tokens: int, check: Callable[[], None] | None = None) -> None:
        self._start = self._place + 1
        self._place += len(tokens)

    def logits(self, place: int = -1) -> NDArray[np.float32]:
        at = self._place if place < 0 else self._start + place
        scores = np.zeros(max(max(self._script), self._end_token()) + 1, dtype=np.float32)
        scores[self._script[min(at, len(self._script) - 1)]] = 50.0
        return scores

    def forget(self, count: int) -> None:
        self._place -= count

    def reusable(self, tokens: Sequence[int]) -> int:
        return 0

    def save_state(self) -> NDArray[np.uint8]:
        return np.empty(0, dtype=np.uint8)

    def load_state(self, state: NDArray[np.uint8], tokens: Sequence[int]) -> bool:
        return False

    def start_grammar(self, source: str) -> Grammar:
        return self._real.start_grammar(source)

    def close(self) -> None:
        self.is_closed = True

    def _end_token(self) -> int:
        return self._real.special_tokens["<|im_end|>"].id


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture(scope="session")
def tiny_engine(tiny_gguf: Path) -> Iterator[LlamaEngine]:
    engine = LlamaEngine(tiny_gguf)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def tiny_planner(tiny_gguf: Path) -> Iterator[Planner]:
    planner = Planner(tiny_gguf)
    yield planner
    planner.close()


@pytest.fixture(scope="session")
def starter_planner() -> Iterator[Planner]:
    planner = Planner(STARTER)
    yield planner
    planner.close()


@pytest.fixture
def scripted(tiny_engine: LlamaEngine) -> Callable[[str], Planner]:
    """A planner whose model answers with the given text."""

    def make(script: str) -> Planner:
        return Planner.with_engine(ScriptedEngine(tiny_engine, script), sha256="0" * 64)

    return make


def _byte_level_bpe(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tokens and merges in the byte-to-letter alphabet of GPT-2: printable bytes stand for themselves."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}
    tokens = [letters[byte] for byte in range(256)]
    known = set(tokens)
    merges: list[str] = []
    for word in words:
        spelled = [letters[byte] for byte in word.encode("utf-8")]
        for end in range(1, len(spelled)):
            start, letter = "".join(spelled[:end]), spelled[end]
            if start + letter not in known:
                merges.append(f"{start} {letter}")
                tokens.append(start + letter)
                known.add(start + letter)
    return tokens, merges


def _sentencepiece(words: Sequence[str]) -> tuple[list[str], list[int]]:
    """Tokens with ▁ for spaces, best first, and bytes for everything else."""
    pieces = dict.fromkeys(word[:end].replace(" ", "▁") for word in words for end in range(len(word), 0, -1))
    pieces |= dict.fromkeys(["▁", *map(chr, range(33, 127))])
    tokens = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *sorted(pieces, key=len, reverse=True)]
    return tokens, [2, *[6] * 256, *[1] * len(pieces)]
