"""What has ended the process, or silently done the wrong thing, in llama.cpp: each once, and harmless here."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lmd_desktop.domain.errors import Cancelled, UserError
from lmd_desktop.domain.layout import Size
from lmd_desktop.planning.grammar import answer_grammar
from lmd_desktop.planning.llama import LlamaEngine, context_parameters, free_device_memory, llama, model_parameters
from lmd_desktop.planning.processor import may_have_amx, physical_cores
from lmd_desktop.planning.prompt import ChatPrompt, Message
from lmd_desktop.planning.settings import EngineSettings
from tests.planning.conftest import STARTER, write_tiny_gguf

FRESH_PROCESS = """
import os, sys
from pathlib import Path
from lmd_desktop.workers.planner_worker import planner_fit
from lmd_desktop.planning.llama import LlamaEngine
path = Path(sys.argv[1])
engine = LlamaEngine(path, planner_fit(path).settings)
engine.evaluate(engine.tokenize("a red car " * 200), check=lambda: None, on_progress=lambda *step: None)
print(os.environ["OMP_WAIT_POLICY"])
"""


@pytest.mark.parametrize(("flags", "has_amx"), [("avx2 amx_bf16 amx_tile amx_int8", True), ("avx2 avx512f", False)])
def test_amx_is_recognised(tmp_path: Path, flags: str, has_amx: bool) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text(f"processor : 0\nflags : fpu {flags}\n", encoding="utf-8")
    assert may_have_amx(info) == (has_amx and sys.platform != "darwin")


def test_settings_reach_llama_cpp() -> None:
    settings = EngineSettings(7, 1024, "q8_0", "on", 3, has_extra_buffers=False)
    model, context = model_parameters(settings), context_parameters(settings, 1024)
    assert (model.n_gpu_layers, model.use_extra_bufts) == (7, False)
    assert (context.n_ctx, context.n_threads, context.n_threads_batch) == (1024, 3, 3)
    assert (context.type_k, context.type_v, context.flash_attn_type) == (8, 8, 1)


def test_a_quantised_model_reads_a_batch_in_a_fresh_process_whose_threads_wait_passively() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    command = [sys.executable, "-c", FRESH_PROCESS, str(STARTER)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "passive"), done.stderr[-2000:]


@pytest.mark.parametrize(
    "source",
    [
        'root ::= "a" missing',
        "root ::= [a-z",
        'root ::= "a',
        "root ::= ([a-z]{1,80} [0-9]{1,80}){1,24}",
        "root ::= [a-z]{2001,3000}",
        "other ::= [a-z]",
        "",
    ],
)
def test_a_bad_grammar_is_refused(tiny_engine: LlamaEngine, source: str) -> None:
    with pytest.raises(ValueError, match="not well formed"):
        tiny_engine.start_grammar(source)


@pytest.mark.parametrize("is_sentencepiece", [False, True])
def test_what_may_follow_is_the_same_whether_all_tokens_are_asked_about_or_few(
    tmp_path: Path, is_sentencepiece: bool
) -> None:
    engine = LlamaEngine(write_tiny_gguf(tmp_path / "model.gguf", is_sentencepiece=is_sentencepiece))
    grammar = engine.start_grammar(answer_grammar(Size(512, 512), ("a 猫 |cup", "a dog")))
    size = max(special.id for special in engine.special_tokens.values()) + 1
    everything = np.arange(size, dtype=np.int32)
    for token in engine.tokenize("box 1 a 猫 cup | 8 16 64 64\nbox 2 a dog | 0 0 8 8\nbg été 😀\nneg \n"):
        assert np.array_equal(grammar.all_allowed(), everything[grammar.allowed(everything)])
        grammar.accept(token)
    grammar.close()
    engine.close()


def test_answers_do_not_disturb_each_other_though_their_grammar_is_read_once(tiny_engine: LlamaEngine) -> None:
    first, other = tiny_engine.tokenize("a")[0], tiny_engine.tokenize("b")[0]
    for source in [f'root ::= "a" "b"{{{number}}}' for number in range(1, 7)] * 2:
        one, again = tiny_engine.start_grammar(source), tiny_engine.start_grammar(source)
        one.accept(first)
        assert (one.allows(first), one.allows(other)) == (False, True)
        assert (again.allows(first), again.allows(other)) == (True, False)
        one.close()
        again.accept(first)
        again.close()


def test_a_closed_model_refuses_every_call(tiny_gguf: Path) -> None:
    engine = LlamaEngine(tiny_gguf)
    tokens = engine.tokenize("a red car")
    grammar = engine.start_grammar('root ::= "a"+')
    engine.close()
    calls: list[Callable[[], object]] = [
        lambda: engine.tokenize("a"),
        lambda: engine.piece(1),
        lambda: engine.is_end(1),
        lambda: engine.evaluate(tokens, check=lambda: None, on_progress=lambda *step: None),
        lambda: engine.append(1),
        lambda: engine.forget(1),
        engine.logits,
        engine.save_state,
        lambda: engine.load_state(np.zeros(8, dtype=np.uint8), [1]),
        lambda: engine.start_grammar('root ::= "a"'),
        lambda: grammar.allows(1),
        lambda: grammar.allowed(np.array([1], dtype=np.int32)),
        lambda: grammar.accept(1),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="closed"):
            call()
    grammar.close()
    engine.close()


def test_another_thread_cannot_close_a_model_that_may_be_at_work(tiny_engine: LlamaEngine) -> None:
    told: list[str] = []

    def close() -> None:
        try:
            tiny_engine.close()
        except ValueError as error:
            told.append(str(error))

    thread = threading.Thread(target=close)
    thread.start()
    thread.join()
    assert told == ["the model belongs to another thread"]
    assert tiny_engine.tokenize("a red car")


def test_a_context_that_cannot_be_made_is_told(tiny_gguf: Path) -> None:
    with pytest.raises(UserError, match="not enough memory to run"):
        LlamaEngine(tiny_gguf, EngineSettings(kv_type="q8_0", flash_attention="off"))


def test_loading_can_be_stopped(tiny_gguf: Path) -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        LlamaEngine(tiny_gguf, check=stop)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("Stable Beluga2 70B", "### System:\nPlan.\n\n### User:\na car\n\n### Assistant:\n"),
        ("Mixtral 8x7B Instruct v0.1", "<|im_start|> [INST] Plan.\n\na car [/INST]"),
    ],
)
def test_a_well_known_model_without_a_template_gets_its_own(tmp_path: Path, name: str, start: str) -> None:
    engine = LlamaEngine(write_tiny_gguf(tmp_path / "model.gguf", template=None, name=name))
    tokens = ChatPrompt(engine).tokens([Message("system", "Plan."), Message("user", "a car")])
    names = {special.id: special.text for special in engine.special_tokens.values()}
    assert b"".join(names[t].encode() if t in names else engine.piece(t) for t in tokens).decode() == start
    engine.close()


def test_the_memory_of_graphics_cards_is_known_where_there_are_some() -> None:
    free = free_device_memory()
    assert (free is None) == (not llama.llama_supports_gpu_offload())


def test_no_more_threads_than_this_process_may_use() -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("the system has no affinity")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert physical_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
