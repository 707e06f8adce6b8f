"""Asks a planner GGUF through llama.cpp with the static grammar, without the application."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.starter_world.planner.layout import Layout, Turn, read_answer

# No word of the caption is in here: the model does the planning.
GRAMMAR = r"""root ::= obj{0,24} "bg " text "\n" "neg " text? "\n"
obj ::= "box " id " " text " | " num " " num " " num " " num "\n"
id ::= [1-9] [0-9]?
text ::= [^|\n\x00-\x1f] [^|\n\x00-\x1f]{0,79}
num ::= "0" | [1-9] [0-9]? | [1-4] [0-9] [0-9] | "50" [0-9] | "51" [0-2]
"""
MAX_TOKENS = 400


class Speaker:
    """One loaded GGUF."""

    def __init__(self, path: Path, *, context: int = 2048, exact_cache: bool = False) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        import llama_cpp
        from llama_cpp import llama_cpp as low

        defaults = low.llama_model_default_params

        def without_extra_buffers() -> Any:  # quantised models crash on AMX with them (llama.cpp 20824)
            parameters = defaults()
            parameters.use_extra_bufts = False
            return parameters

        low.llama_model_default_params = without_extra_buffers
        cache = 0 if exact_cache else 1  # ggml's numbers for float32 and float16
        self.llama = llama_cpp.Llama(
            model_path=str(path),
            n_ctx=context,
            n_threads=1,
            n_threads_batch=1,
            verbose=False,
            logits_all=exact_cache,
            type_k=cache,
            type_v=cache,
        )
        low.llama_model_default_params = defaults
        self._grammar = llama_cpp.LlamaGrammar.from_string(GRAMMAR, verbose=False)

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """Ids of a text."""
        return self.llama.tokenize(text.encode("utf-8"), add_bos=False, special=special)

    def prompt(self, history: Sequence[Turn], user: str) -> list[int]:
        """Ids of a dialog up to the opening of the answer; contents never become control tokens."""
        ids: list[int] = []
        for turn in history:
            ids += self._message("user", turn.user) + self._message("assistant", turn.answer)
        return ids + self._message("user", user) + self.tokens("<|im_start|>assistant\n", special=True)

    def say(self, history: Sequence[Turn], user: str, *, temperature: float, seed: int = 1) -> str:
        """The raw answer."""
        answer = self.llama.create_completion(
            self.prompt(history, user), max_tokens=MAX_TOKENS, temperature=temperature, seed=seed, top_p=0.95,
            min_p=0.0, top_k=0, repeat_penalty=1.0, grammar=self._grammar,
        )  # fmt: skip
        return answer["choices"][0]["text"]  # type: ignore[index]

    def plan(self, history: Sequence[Turn], user: str, *, temperature: float = 0.0, seed: int = 1) -> Layout:
        """The layout of the raw answer; empty when it cannot be read."""
        return read_answer(self.say(history, user, temperature=temperature, seed=seed)) or Layout()

    def _message(self, role: str, content: str) -> list[int]:
        opening = self.tokens(f"<|im_start|>{role}\n", special=True)
        return opening + self.tokens(content) + self.tokens("<|im_end|>\n", special=True)
