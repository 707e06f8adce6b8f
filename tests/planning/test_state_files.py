"""The evaluated instructions on disk: found again, refused when anything is wrong with them, and never too many."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lmd_desktop.domain.requests import PlanRequest, PlanResult
from lmd_desktop.domain.scene import Scene, add_request
from lmd_desktop.planning.llama import LlamaEngine
from lmd_desktop.planning.planner import Planner
from lmd_desktop.planning.settings import EngineSettings
from lmd_desktop.planning.state_file import StateFolder
from tests.planning.conftest import CHATML, write_tiny_gguf

WITH_SYSTEM = CHATML.replace("{% if message.role != 'system' %}", "").replace("{% endif %}{% endfor %}", "{% endfor %}")
TOKENS = [3, 1, 4, 1, 5]
STATE = np.arange(10_000, dtype=np.uint16).view(np.uint8)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that reads the instructions, with room for them: every byte of most words is a token of its own."""
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", template=WITH_SYSTEM, context=8192)


def plan(model: Path, folder: Path, text: str = "a red car", *, settings: EngineSettings | None = None) -> PlanResult:
    """One plan of a planner that was just started."""
    settings = settings or EngineSettings(context_size=8192)
    planner = Planner(model, settings, sha256="a", states=StateFolder(folder))
    asked = add_request(Scene(), text)
    request = PlanRequest(asked.dialog.path(), asked.layout, text, 1, is_checked=False, counts_are_forced=True)
    result = planner.plan(request, check=lambda: None, on_box=lambda box: None, on_progress=lambda *step: None)
    planner.close()
    return result


def test_a_second_start_evaluates_the_request_only_and_answers_the_same(model: Path, tmp_path: Path) -> None:
    cold, warm = plan(model, tmp_path), plan(model, tmp_path)
    assert cold.tokens_reused == 0
    assert warm.tokens_reused > 1000
    assert warm.tokens_evaluated < 100
    assert warm.tokens_evaluated + warm.tokens_reused == cold.tokens_evaluated
    assert warm.raw == cold.raw
    assert len(list(tmp_path.iterdir())) == 1


def _cut(data: bytearray) -> bytearray:
    return data[: len(data) // 2]


def _flip(data: bytearray) -> bytearray:
    data[-1000] ^= 1
    return data


def _empty(data: bytearray) -> bytearray:
    return data[:0]


@pytest.mark.parametrize("damage", [_cut, _flip, _empty])
def test_a_damaged_state_is_refused_and_made_anew(
    model: Path, tmp_path: Path, damage: Callable[[bytearray], bytearray]
) -> None:
    cold = plan(model, tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage(bytearray(whole)))
    again = plan(model, tmp_path)
    assert (again.tokens_reused, again.raw) == (0, cold.raw)
    assert path.read_bytes() == whole


def test_a_state_of_other_settings_is_not_taken(model: Path, tmp_path: Path) -> None:
    plan(model, tmp_path)
    other = plan(model, tmp_path, settings=EngineSettings(context_size=8192, kv_type="q8_0", flash_attention="on"))
    assert other.tokens_reused == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_what_the_engine_cannot_take_leaves_it_empty_and_usable(tiny_engine: LlamaEngine) -> None:
    tokens = tiny_engine.tokenize("canvas 512 512")
    tiny_engine.evaluate(tokens, check=lambda: None, on_progress=lambda *step: None)
    state = tiny_engine.save_state()
    assert tiny_engine.load_state(state, tokens)
    assert tiny_engine.reusable([*tokens, 5]) == len(tokens)
    assert not tiny_engine.load_state(state[:-7], tokens)
    assert not tiny_engine.load_state(state, tokens[:-1])
    assert tiny_engine.reusable([*tokens, 5]) == 0
    cost = tiny_engine.evaluate(tokens, check=lambda: None, on_progress=lambda *step: None)
    assert cost.reused == 0


def test_a_file_of_another_key_or_of_other_tokens_is_refused(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    folder.save("one", TOKENS, STATE)
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    assert np.array_equal(folder.load("one", TOKENS), STATE)  # type: ignore[arg-type]
    for key, tokens in (("two", TOKENS), ("one", [*TOKENS, 9])):
        folder.save(key, tokens, STATE[:8])
        foreign = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        foreign.write_bytes(content)
        assert folder.load(key, tokens) is None
        assert not foreign.exists()


def test_the_states_used_longest_ago_make_room(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path, limit=70_000)
    for index, key in enumerate(("one", "two", "three")):
        folder.save(key, TOKENS, STATE)
        newest = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (index, index))
    assert folder.load("one", TOKENS) is not None
    folder.save("four", TOKENS, STATE)
    assert [folder.load(key, TOKENS) is not None for key in ("one", "two", "three", "four")] == [
        True,
        False,
        True,
        True,
    ]


def test_a_folder_that_cannot_be_written_is_no_reason_not_to_plan(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    StateFolder(blocked / "states").save("one", TOKENS, STATE)
    assert StateFolder(blocked / "states").load("one", TOKENS) is None
