"""llama.cpp behind the engine protocol. The only file that imports llama_cpp; everything in it runs in one thread."""

from __future__ import annotations

import ctypes
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

# libgomp reads it when it is loaded. Spinning threads slow decoding a hundredfold beside another busy process.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import llama_cpp.llama_cpp as _binding
import numpy as np
from numpy.typing import NDArray

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.planning.engine import Evaluated, Grammar, SpecialToken

log = logging.getLogger(__name__)

# Untyped: the binding's annotations are not what ctypes takes and gives (a token is no c_int32 but an int).
llama: Any = _binding
Handle = Any

MAX_CONTEXT = 4096
BATCH = 128  # tokens between two looks at the cancel flag; also what CUDA, which ignores the abort callback, waits for
TINY_MODEL = 50_000_000  # parameters; below this one thread is faster than several
ALL_LAYERS = 999
ABORT_CHECK_S = 0.02
LOUD_LEVELS = (3, 4)  # GGML_LOG_LEVEL_WARN, GGML_LOG_LEVEL_ERROR
_SPECIAL = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_UNKNOWN
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class LlamaEngine:
    """A GGUF model with one context; ``close`` frees it, and nothing may be called afterwards."""

    def __init__(self, path: Path, *, device: str = "auto") -> None:
        self._context = self._model = None
        self._tokens: list[int] = []
        self._log = _library_log()
        self._model = self._load_model(path, device)
        self._vocabulary = llama.llama_model_get_vocab(self._model)
        self._vocabulary_size = llama.llama_vocab_n_tokens(self._vocabulary)
        try:
            self._read_metadata(path)
            self._context = self._make_context(path)
        except UserError:
            self.close()
            raise
        self._abort_callback = llama.ggml_abort_callback(self._must_abort)
        self._check: Callable[[], None] | None = None
        self._check_error: BaseException | None = None
        self._next_check = 0.0

    def tokenize(self, text: str) -> list[int]:
        """Plain text only: nothing in it becomes a control token."""
        data = text.encode("utf-8", errors="replace")
        room = len(data) + 16
        buffer = (llama.llama_token * room)()
        count = llama.llama_tokenize(self._vocabulary, data, len(data), buffer, room, False, False)
        if count < 0:
            raise ValueError(f"{len(data)} bytes became more than {room} tokens")
        return buffer[:count]

    def piece(self, token: int) -> bytes:
        """The bytes of a token; control tokens have none."""
        room = 256
        while True:
            buffer = ctypes.create_string_buffer(room)
            length = llama.llama_token_to_piece(self._vocabulary, token, buffer, room, 0, False)
            if length >= 0:
                return buffer.raw[:length]
            room = -length

    def is_end(self, token: int) -> bool:
        return bool(llama.llama_vocab_is_eog(self._vocabulary, token))

    def evaluate(
        self, tokens: Sequence[int], *, check: Callable[[], None], on_progress: Callable[[int, int], None]
    ) -> Evaluated:
        """Make the cache hold exactly these tokens; what it shares with them from the start is not computed again."""
        reused = self._keep_prefix(_common_prefix(self._tokens, tokens[:-1]))
        total = len(tokens) - reused
        for start in range(reused, len(tokens), BATCH):
            check()
            on_progress(start - reused, total)
            self._decode(list(tokens[start : start + BATCH]), check)
        on_progress(total, total)
        return Evaluated(total, reused)

    def append(self, token: int) -> None:
        self._decode([token], None)

    def logits(self) -> NDArray[np.float32]:
        scores = llama.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(scores, shape=(self._vocabulary_size,)).copy()

    def start_grammar(self, source: str) -> Grammar:
        return LlamaGrammar(self._vocabulary, source)

    def close(self) -> None:
        if self._context:
            llama.llama_free(self._context)
        if self._model:
            llama.llama_model_free(self._model)
        self._context = self._model = None
        self._tokens = []

    def _load_model(self, path: Path, device: str) -> Handle:
        _look_at_file(path)
        parameters = llama.llama_model_default_params()
        has_gpu = device != "cpu" and llama.llama_supports_gpu_offload()
        parameters.n_gpu_layers = ALL_LAYERS if has_gpu else 0
        parameters.use_extra_bufts = not _may_have_amx()
        model = llama.llama_model_load_from_file(str(path).encode("utf-8"), parameters)
        if not model:
            raise _unreadable(path, f"llama.cpp says “{self._log.last_line}”")
        return model

    def _make_context(self, path: Path) -> Handle:
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = self.context_size
        parameters.n_batch = parameters.n_ubatch = BATCH
        is_tiny = llama.llama_model_n_params(self._model) < TINY_MODEL
        parameters.n_threads = parameters.n_threads_batch = 1 if is_tiny else physical_cores()
        parameters.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_AUTO
        context = llama.llama_init_from_model(self._model, parameters)
        if not context:
            raise UserError(
                f"There is not enough memory to run “{path.name}”.",
                "Close other programs or choose a smaller planner model.",
                exit_code=ExitCode.OUT_OF_MEMORY,
            )
        log.info("%s: context %d, %d threads", path.name, self.context_size, parameters.n_threads)
        return context

    def _read_metadata(self, path: Path) -> None:
        template = llama.llama_model_chat_template(self._model, None)
        if not template:
            raise UserError(
                f"“{path.name}” has no chat template, so it is not known how to talk to it.",
                "Choose an instruction-tuned GGUF (“Instruct”, “it” or “chat” in its name).",
                exit_code=ExitCode.MODEL_MISSING,
            )
        if llama.llama_model_has_encoder(self._model):
            raise UserError(
                f"“{path.name}” is an encoder model; it cannot write an answer.",
                "Choose a chat model.",
                exit_code=ExitCode.MODEL_MISSING,
            )
        self.chat_template = template.decode("utf-8", errors="replace")
        buffer = ctypes.create_string_buffer(256)
        llama.llama_model_desc(self._model, buffer, len(buffer))
        self.description = buffer.value.decode("utf-8", errors="replace")
        length = llama.llama_model_meta_val_str(self._model, b"general.name", buffer, len(buffer))
        self.name = buffer.value.decode("utf-8", errors="replace") if length > 0 else path.stem
        trained = llama.llama_model_n_ctx_train(self._model)
        self.context_size = min(MAX_CONTEXT, trained) if trained > 0 else MAX_CONTEXT
        bos, eos = llama.llama_vocab_bos(self._vocabulary), llama.llama_vocab_eos(self._vocabulary)
        self.bos_text, self.eos_text = self._text(bos), self._text(eos)
        self.bos_id = bos if bos >= 0 and llama.llama_vocab_get_add_bos(self._vocabulary) else None
        special_tokens: dict[str, SpecialToken] = {}
        markers: set[str] = set()
        for token in range(self._vocabulary_size):
            attributes = llama.llama_vocab_get_attr(self._vocabulary, token)
            if attributes & _SPECIAL:
                text = self._text(token)
                special_tokens[text] = SpecialToken(
                    token,
                    text,
                    strips_left=bool(attributes & llama.LLAMA_TOKEN_ATTR_LSTRIP),
                    strips_right=bool(attributes & llama.LLAMA_TOKEN_ATTR_RSTRIP),
                )
            elif attributes & llama.LLAMA_TOKEN_ATTR_USER_DEFINED:
                markers.add(self._text(token))
        self.special_tokens: Mapping[str, SpecialToken] = special_tokens
        self.markers = frozenset(marker for marker in markers if len(marker.strip()) > 1)

    def _text(self, token: int) -> str:
        text = llama.llama_vocab_get_text(self._vocabulary, token) if token >= 0 else None
        return text.decode("utf-8", errors="replace") if text else ""

    def _keep_prefix(self, length: int) -> int:
        """Forget what is in the cache behind ``length`` tokens; recurrent models can only forget everything."""
        memory = llama.llama_get_memory(self._context)
        if length < len(self._tokens) and not llama.llama_memory_seq_rm(memory, 0, length, -1):
            llama.llama_memory_clear(memory, True)
            length = 0
        del self._tokens[length:]
        return length

    def _decode(self, tokens: list[int], check: Callable[[], None] | None) -> None:
        self._check, self._check_error, self._next_check = check, None, 0.0
        if check is not None:
            llama.llama_set_abort_callback(self._context, self._abort_callback, None)
        buffer = (llama.llama_token * len(tokens))(*tokens)
        result = llama.llama_decode(self._context, llama.llama_batch_get_one(buffer, len(tokens)))
        if check is not None:
            llama.llama_set_abort_callback(self._context, llama.ggml_abort_callback(), None)
        if result == 0:
            self._tokens += tokens
            return
        # What a broken batch left in the cache is unknown; the tokens before it are still good if they can be kept.
        known = len(self._tokens)
        self._tokens += tokens
        self._keep_prefix(known)
        if self._check_error is not None:
            raise self._check_error
        raise UserError(
            f"The planner model stopped working (llama.cpp error {result}: {self._log.last_line}).",
            "Ask again, or choose another planner model.",
        )

    def _must_abort(self, _data: ctypes.c_void_p) -> bool:
        # Called for every node of the graph, from C: no exception may leave it.
        if self._check is None or self._check_error is not None or time.monotonic() < self._next_check:
            return self._check_error is not None
        self._next_check = time.monotonic() + ABORT_CHECK_S
        try:
            self._check()
        except BaseException as error:
            self._check_error = error
        return self._check_error is not None


class _LibraryLog:
    """What llama.cpp says. It has one log for the whole process, and calls it as long as the process lives."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=20)
        self._callback = llama.llama_log_callback(self._on_line)
        llama.llama_log_set(self._callback, ctypes.c_void_p())
        llama.llama_backend_init()

    @property
    def last_line(self) -> str:
        return self._lines[-1] if self._lines else "no reason given"

    def _on_line(self, level: int, text: bytes, _data: ctypes.c_void_p) -> None:
        line = text.decode("utf-8", errors="replace").strip()
        if level in LOUD_LEVELS and line:
            self._lines.append(line)
            log.debug("llama.cpp: %s", line)


@cache
def _library_log() -> _LibraryLog:
    return _LibraryLog()


class LlamaGrammar:
    """A GBNF grammar on its way through one answer."""

    def __init__(self, vocabulary: Handle, source: str) -> None:
        # A grammar that is not well formed comes back as NULL; using it would be a segmentation fault.
        self._sampler = llama.llama_sampler_init_grammar(vocabulary, source.encode("utf-8"), b"root")
        if not self._sampler:
            raise ValueError("the grammar is not well formed")
        self._vocabulary = vocabulary
        self._ends = np.array(_end_tokens(vocabulary), dtype=np.int32)

    def allowed(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        candidates = np.zeros(tokens.size, dtype=_CANDIDATE)
        candidates["id"] = tokens
        array = llama.llama_token_data_array(
            data=candidates.ctypes.data_as(ctypes.POINTER(llama.llama_token_data)),
            size=tokens.size,
            selected=-1,
            sorted=False,
        )
        llama.llama_sampler_apply(self._sampler, ctypes.byref(array))
        result = np.isfinite(candidates["logit"])
        for index in np.flatnonzero(result):
            # The text of a control token may fit the grammar; it is no text, though.
            token = int(tokens[index])
            if llama.llama_vocab_is_control(self._vocabulary, token):
                result[index] = bool(llama.llama_vocab_is_eog(self._vocabulary, token))
        return result

    def accept(self, token: int) -> None:
        if not self.allowed(np.array([token], dtype=np.int32))[0]:
            raise ValueError(f"token {token} does not fit the grammar")
        llama.llama_sampler_accept(self._sampler, token)

    @property
    def is_complete(self) -> bool:
        return bool(self.allowed(self._ends).any())

    def close(self) -> None:
        if self._sampler:
            llama.llama_sampler_free(self._sampler)
        self._sampler = None


def physical_cores() -> int:
    """Cores without hyper-threads; two threads on one core only wait for each other."""
    siblings = Path("/sys/devices/system/cpu").glob("cpu[0-9]*/topology/thread_siblings_list")
    counted = len({path.read_text(encoding="utf-8").strip() for path in siblings})
    return max(1, min(counted or (os.cpu_count() or 2) // 2, os.cpu_count() or 1))


def _end_tokens(vocabulary: Handle) -> list[int]:
    known = [llama.llama_vocab_eos(vocabulary), llama.llama_vocab_eot(vocabulary)]
    ends = [token for token in known if token >= 0 and llama.llama_vocab_is_eog(vocabulary, token)]
    every = range(llama.llama_vocab_n_tokens(vocabulary))
    return ends or [token for token in every if llama.llama_vocab_is_eog(vocabulary, token)]


def _common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    for index, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return index
    return min(len(first), len(second))


def _may_have_amx() -> bool:
    """On AMX processors llama.cpp's repacked weights crash in the first batch (llama.cpp issue 20824)."""
    if sys.platform == "darwin":
        return False
    try:
        return "amx_int8" in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True


def _look_at_file(path: Path) -> None:
    if not path.exists():
        raise UserError(
            f"There is no planner model at “{path}”.",
            "Choose a GGUF file that exists.",
            exit_code=ExitCode.MODEL_MISSING,
        )
    if path.is_dir():
        raise UserError(
            f"“{path}” is a folder, not a planner model.",
            "Choose the .gguf file itself.",
            exit_code=ExitCode.MODEL_MISSING,
        )
    with path.open("rb") as file:
        start = file.read(512)
    if start.lstrip()[:1] == b"<":
        raise _unreadable(path, "it is a web page, so the download went wrong")
    if start[:4] != b"GGUF":
        raise _unreadable(path, "it is no GGUF file")


def _unreadable(path: Path, reason: str) -> UserError:
    return UserError(
        f"The planner model “{path.name}” cannot be read: {reason}.",
        "Download it again or choose another GGUF file.",
        exit_code=ExitCode.MODEL_MISSING,
    )
