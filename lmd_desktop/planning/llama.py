"""llama.cpp behind the engine protocol. The only file that imports llama_cpp; everything in it runs in one thread."""

from __future__ import annotations

import ctypes
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

# libgomp reads it when it is loaded. Spinning threads slow decoding a hundredfold beside another busy process.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import llama_cpp.llama_cpp as _binding
import numpy as np
from llama_cpp._ctypes_extensions import load_shared_library
from llama_cpp._ggml import libggml, libggml_base_path
from numpy.typing import NDArray

from lmd_desktop.domain.chat_templates import known_template
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.free_memory import give_back_free_memory
from lmd_desktop.planning.engine import MAX_APPENDED, Evaluated, SpecialToken, common_prefix
from lmd_desktop.planning.model_file import look_at_file, unreadable
from lmd_desktop.planning.settings import EngineSettings
from lmd_desktop.planning.vocabulary import FirstBytes

log = logging.getLogger(__name__)

# Untyped: the binding's annotations are not what ctypes takes and gives (a token is no c_int32 but an int).
llama: Any = _binding
Handle = Any

BATCH = 128  # tokens between two looks at the cancel flag; also what CUDA, which ignores the abort callback, waits for
MAX_GRAMMARS = 4  # that are kept parsed: reading one takes 2 ms, copying it 0.2
KV_TYPES = {"f16": 1, "q8_0": 8}  # GGML_TYPE_F16, GGML_TYPE_Q8_0
FLASH_ATTENTION = {
    "auto": llama.LLAMA_FLASH_ATTN_TYPE_AUTO,
    "on": llama.LLAMA_FLASH_ATTN_TYPE_ENABLED,
    "off": llama.LLAMA_FLASH_ATTN_TYPE_DISABLED,
}
GPU_DEVICE, INTEGRATED_DEVICE = 1, 2  # GGML_BACKEND_DEVICE_TYPE_GPU, _IGPU
ABORT_CHECK_S = 0.02
LOUD_LEVELS = (3, 4)  # GGML_LOG_LEVEL_WARN, GGML_LOG_LEVEL_ERROR
_SPECIAL = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_UNKNOWN
_BYTES = ctypes.POINTER(ctypes.c_uint8)
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class LlamaEngine:
    """A GGUF model with one context, both of the thread that made it; after ``close`` every call raises ValueError.

    ``check`` is asked, and ``on_progress`` told the share that is done, while the file is loaded.
    """

    def __init__(
        self,
        path: Path,
        settings: EngineSettings | None = None,
        *,
        check: Callable[[], None] = lambda: None,
        on_progress: Callable[[float], None] = lambda share: None,
    ) -> None:
        settings = settings or EngineSettings()
        self._context: Handle = None
        self._model: Handle = None
        self._batch: Handle = None
        self._grammars: dict[str, Handle] = {}
        self._tokens: list[int] = []
        self._log = _library_log()
        self._thread = threading.get_ident()
        self._model = self._load_model(path, settings, check, on_progress)
        self._vocabulary = llama.llama_model_get_vocab(self._model)
        self._vocabulary_size = llama.llama_vocab_n_tokens(self._vocabulary)
        try:
            self._read_metadata(path, settings)
            self._context = self._make_context(path, settings)
        except UserError:
            self.close()
            raise
        self._batch = llama.llama_batch_init(BATCH, 0, 1)
        self._abort_callback = llama.ggml_abort_callback(self._must_abort)
        self._check: Callable[[], None] | None = None
        self._check_error: BaseException | None = None
        self._next_check = 0.0

    def tokenize(self, text: str) -> list[int]:
        """Plain text only: nothing in it becomes a control token."""
        self.require_open()
        data = text.encode("utf-8", errors="replace")
        room = len(data) + 16
        buffer = (llama.llama_token * room)()
        count = llama.llama_tokenize(self._vocabulary, data, len(data), buffer, room, False, False)
        if count < 0:
            raise ValueError(f"{len(data)} bytes became more than {room} tokens")
        return buffer[:count]

    def piece(self, token: int) -> bytes:
        """The bytes of a token; control tokens have none."""
        self.require_open()
        room = 256
        while True:
            buffer = ctypes.create_string_buffer(room)
            length = llama.llama_token_to_piece(self._vocabulary, token, buffer, room, 0, False)
            if length >= 0:
                return buffer.raw[:length]
            room = -length

    def is_end(self, token: int) -> bool:
        self.require_open()
        return bool(llama.llama_vocab_is_eog(self._vocabulary, token))

    def evaluate(
        self, tokens: Sequence[int], *, check: Callable[[], None], on_progress: Callable[[int, int], None]
    ) -> Evaluated:
        """Make the cache hold exactly these tokens; what it shares with them from the start is not computed again."""
        self.require_open()
        reused = self._keep_prefix(self.reusable(tokens))
        total = len(tokens) - reused
        for start in range(reused, len(tokens), BATCH):
            check()
            on_progress(start - reused, total)
            self._decode(tokens[start : start + BATCH], check, scores_of=1)
        on_progress(total, total)
        return Evaluated(total, reused)

    def append(self, *tokens: int, check: Callable[[], None] | None = None) -> None:
        """Evaluate more tokens in one batch, keeping the scores behind each of them."""
        self.require_open()
        if len(tokens) > MAX_APPENDED:
            raise ValueError(f"{len(tokens)} tokens at once, {MAX_APPENDED} are possible")
        self._decode(tokens, check if len(tokens) > 1 else None, scores_of=len(tokens))

    def logits(self, place: int = -1) -> NDArray[np.float32]:
        self.require_open()
        scores = llama.llama_get_logits_ith(self._context, place)
        if not scores:
            raise ValueError(f"there are no scores at {place}")
        return np.ctypeslib.as_array(scores, shape=(self._vocabulary_size,)).copy()

    def forget(self, count: int) -> None:
        self.require_open()
        self._keep_prefix(len(self._tokens) - count)

    def reusable(self, tokens: Sequence[int]) -> int:
        """The last token is always computed again: its scores are needed."""
        shared = common_prefix(self._tokens, tokens[:-1])
        return shared if shared == len(self._tokens) or self.can_forget else 0

    def save_state(self) -> NDArray[np.uint8]:
        self.require_open()
        state = np.empty(llama.llama_state_seq_get_size(self._context, 0), dtype=np.uint8)
        written = llama.llama_state_seq_get_data(self._context, state.ctypes.data_as(_BYTES), state.size, 0)
        return state[:written]

    def load_state(self, state: NDArray[np.uint8], tokens: Sequence[int]) -> bool:
        self.require_open()
        memory = llama.llama_get_memory(self._context)
        llama.llama_memory_clear(memory, True)
        self._tokens = []
        read = llama.llama_state_seq_set_data(self._context, state.ctypes.data_as(_BYTES), state.size, 0)
        if read != state.size or llama.llama_memory_seq_pos_max(memory, 0) != len(tokens) - 1:
            llama.llama_memory_clear(memory, True)
            return False
        self._tokens = list(tokens)
        return True

    def start_grammar(self, source: str) -> LlamaGrammar:
        self.require_open()
        if source not in self._grammars:
            while len(self._grammars) >= MAX_GRAMMARS:
                llama.llama_sampler_free(self._grammars.pop(next(iter(self._grammars))))
            self._grammars[source] = self._parsed(source)
        return LlamaGrammar(self, llama.llama_sampler_clone(self._grammars[source]))

    def close(self) -> None:
        """Free everything; while another thread generates this would crash, so only the engine's own thread may."""
        if threading.get_ident() != self._thread:
            raise ValueError("the model belongs to another thread")
        for parsed in self._grammars.values():
            llama.llama_sampler_free(parsed)
        self._grammars.clear()
        if self._batch:
            llama.llama_batch_free(self._batch)
        if self._context:
            llama.llama_free(self._context)
        if self._model:
            llama.llama_model_free(self._model)
        self._context = self._model = self._batch = None
        self._tokens = []
        self.__dict__.pop("first_bytes", None)
        give_back_free_memory()

    def require_open(self) -> None:
        """Using what was freed would end the process."""
        if not self._context:
            raise ValueError("the model is closed")

    @property
    def vocabulary(self) -> Handle:
        """llama.cpp's own."""
        self.require_open()
        return self._vocabulary

    @cached_property
    def first_bytes(self) -> FirstBytes:
        """Made when a grammar first needs the whole vocabulary."""
        return FirstBytes(self.piece(token) for token in range(self._vocabulary_size))

    def _parsed(self, source: str) -> Handle:
        # A grammar that is not well formed comes back as NULL, which would crash; an empty one would allow everything.
        text = source.strip().encode("utf-8")
        parsed = llama.llama_sampler_init_grammar(self._vocabulary, text, b"root") if text else None
        if not parsed:
            raise ValueError("the grammar is not well formed")
        return parsed

    def _load_model(
        self, path: Path, settings: EngineSettings, check: Callable[[], None], on_progress: Callable[[float], None]
    ) -> Handle:
        look_at_file(path)
        error: list[BaseException] = []

        def goes_on(share: float, _data: ctypes.c_void_p) -> bool:
            # Called from C: no exception may leave it.
            try:
                check()
                on_progress(share)
            except BaseException as caught:
                error.append(caught)
            return not error

        parameters = model_parameters(settings)
        parameters.progress_callback = callback = llama.llama_progress_callback(goes_on)
        model = llama.llama_model_load_from_file(str(path).encode("utf-8"), parameters)
        del callback
        if error:
            if model:
                llama.llama_model_free(model)
            raise error[0]
        if not model:
            raise unreadable(path, f"llama.cpp says “{self._log.last_line}”")
        return model

    def _make_context(self, path: Path, settings: EngineSettings) -> Handle:
        context = llama.llama_init_from_model(self._model, context_parameters(settings, self.context_size))
        if not context:
            raise UserError(
                f"There is not enough memory to run “{path.name}”.",
                "Close other programs or choose a smaller planner model.",
                exit_code=ExitCode.OUT_OF_MEMORY,
            )
        log.info("%s: context %d, %s", path.name, self.context_size, settings)
        return context

    def _read_metadata(self, path: Path, settings: EngineSettings) -> None:
        buffer = ctypes.create_string_buffer(256)
        length = llama.llama_model_meta_val_str(self._model, b"general.name", buffer, len(buffer))
        self.name = buffer.value.decode("utf-8", errors="replace") if length > 0 else path.stem
        own = llama.llama_model_chat_template(self._model, None)
        template = own.decode("utf-8", errors="replace") if own else known_template(self.name, path.stem)
        if not template:
            # Asked for a prompt, llama.cpp would silently take the one of Llama 2.
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
        self.chat_template = template
        llama.llama_model_desc(self._model, buffer, len(buffer))
        self.description = buffer.value.decode("utf-8", errors="replace")
        self.parameters = llama.llama_model_n_params(self._model)
        trained = llama.llama_model_n_ctx_train(self._model)
        self.context_size = min(settings.context_size, trained) if trained > 0 else settings.context_size
        self.can_forget = not (llama.llama_model_is_recurrent(self._model) or llama.llama_model_is_hybrid(self._model))
        self.state_key = (
            f"llama-cpp-python {version('llama-cpp-python')}, context {self.context_size}, cache {settings.kv_type}, "
            f"flash attention {settings.flash_attention}, {settings.gpu_layers} layers on a graphics card"
        )
        bos, eos = llama.llama_vocab_bos(self._vocabulary), llama.llama_vocab_eos(self._vocabulary)
        self.bos_text, self.eos_text = self._text(bos), self._text(eos)
        self.bos_id = bos if bos >= 0 and llama.llama_vocab_get_add_bos(self._vocabulary) else None
        special_tokens: dict[str, SpecialToken] = {}
        markers: set[str] = set()
        # The text of a control token may fit a grammar; it is no text, though.
        self.is_writable = np.ones(self._vocabulary_size, dtype=np.bool_)
        for token in range(self._vocabulary_size):
            attributes = llama.llama_vocab_get_attr(self._vocabulary, token)
            if attributes & llama.LLAMA_TOKEN_ATTR_CONTROL:
                self.is_writable[token] = llama.llama_vocab_is_eog(self._vocabulary, token)
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

    def _decode(self, tokens: Sequence[int], check: Callable[[], None] | None, *, scores_of: int) -> None:
        """One batch behind what the cache holds, with the scores of its last ``scores_of`` tokens."""
        self._check, self._check_error, self._next_check = check, None, 0.0
        if check is not None:
            llama.llama_set_abort_callback(self._context, self._abort_callback, None)
        batch = self._batch
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = len(self._tokens) + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = index >= len(tokens) - scores_of
        result = llama.llama_decode(self._context, batch)
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
    """A GBNF grammar on its way through one answer of an engine that is open."""

    def __init__(self, engine: LlamaEngine, sampler: Handle) -> None:
        self._sampler = sampler
        self._engine = engine
        self._ends = _end_tokens(engine.vocabulary)
        self._known_good: int | None = None
        # Most calls ask about one token: its structures are made once.
        self._one = llama.llama_token_data()
        self._only = llama.llama_token_data_array(data=ctypes.pointer(self._one), size=1, selected=-1, sorted=False)

    def allowed(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        self._require_open()
        candidates = np.zeros(tokens.size, dtype=_CANDIDATE)
        candidates["id"] = tokens
        data = candidates.ctypes.data_as(ctypes.POINTER(llama.llama_token_data))
        array = llama.llama_token_data_array(data=data, size=tokens.size, selected=-1, sorted=False)
        llama.llama_sampler_apply(self._sampler, ctypes.byref(array))
        return np.isfinite(candidates["logit"]) & self._engine.is_writable[tokens]

    def allows(self, token: int) -> bool:
        self._require_open()
        self._one.id, self._one.logit = token, 0.0
        llama.llama_sampler_apply(self._sampler, ctypes.byref(self._only))
        is_allowed = self._one.logit == 0.0 and bool(self._engine.is_writable[token])
        self._known_good = token if is_allowed else None
        return is_allowed

    def all_allowed(self) -> NDArray[np.int32]:
        return self._engine.first_bytes.allowed_tokens(self.allowed)

    def accept(self, token: int) -> None:
        if token != self._known_good and not self.allows(token):
            raise ValueError(f"token {token} does not fit the grammar")
        self._require_open()
        self._known_good = None
        llama.llama_sampler_accept(self._sampler, token)

    @property
    def is_complete(self) -> bool:
        return any(self.allows(end) for end in self._ends)

    def close(self) -> None:
        if self._sampler:
            llama.llama_sampler_free(self._sampler)
        self._sampler = None

    def _require_open(self) -> None:
        self._engine.require_open()
        if not self._sampler:
            raise ValueError("the grammar is closed")


def model_parameters(settings: EngineSettings) -> Any:
    """llama.cpp's own, for loading weights; there is no keyword of its Python class for the repacking of weights."""
    parameters = llama.llama_model_default_params()
    parameters.n_gpu_layers = settings.gpu_layers
    parameters.use_extra_bufts = settings.has_extra_buffers
    return parameters


def context_parameters(settings: EngineSettings, context_size: int) -> Any:
    """llama.cpp's own, for the cache and the buffers of one sequence."""
    parameters = llama.llama_context_default_params()
    parameters.n_ctx = context_size
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.n_threads = parameters.n_threads_batch = settings.threads
    parameters.flash_attn_type = FLASH_ATTENTION[settings.flash_attention]
    parameters.type_k = parameters.type_v = KV_TYPES[settings.kv_type]
    return parameters


def free_device_memory() -> int | None:
    """Bytes that are free on the graphics cards that llama.cpp would use; None without one."""
    _library_log()
    count, get = _ggml("ggml_backend_dev_count", ctypes.c_size_t), _ggml("ggml_backend_dev_get", ctypes.c_void_p)
    kind_of, ask = _ggml("ggml_backend_dev_type", ctypes.c_int), _ggml("ggml_backend_dev_memory", None)
    devices = [ctypes.c_void_p(get(ctypes.c_size_t(index))) for index in range(count())]
    found: list[int] = []
    for device in devices:
        if kind_of(device) in (GPU_DEVICE, INTEGRATED_DEVICE):
            free, total = ctypes.c_size_t(), ctypes.c_size_t()
            ask(device, ctypes.byref(free), ctypes.byref(total))
            found.append(free.value)
    return sum(found) if found else None


def _ggml(name: str, result: Any) -> Any:
    """A function of ggml that the binding does not have; on Windows it lies in the other of two libraries."""
    library = libggml if hasattr(libggml, name) else load_shared_library("ggml-base", libggml_base_path)
    function = getattr(library, name)
    function.restype = result
    return function


def _end_tokens(vocabulary: Handle) -> list[int]:
    known = [llama.llama_vocab_eos(vocabulary), llama.llama_vocab_eot(vocabulary)]
    ends = [token for token in known if token >= 0 and llama.llama_vocab_is_eog(vocabulary, token)]
    every = range(llama.llama_vocab_n_tokens(vocabulary))
    return ends or [token for token in every if llama.llama_vocab_is_eog(vocabulary, token)]
