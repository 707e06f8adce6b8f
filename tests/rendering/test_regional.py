"""Regional prompts: which cells read which text, and how the answers are mixed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering.latents import cells_of
from lmd_desktop.rendering.method import Conditioning, Step, read_parameters
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.methods.regional import Regional
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.run import prepare_run
from lmd_desktop.rendering.text import encode_prompts
from tests.rendering.conftest import WIDTH, box

Make = Callable[..., RenderRequest]
LatentsOf = Callable[..., Tensor]
LAYER = "up_blocks.1.attentions.0.transformer_blocks.0.attn2"  # at 16x16 cells, 16 channels
TOKENS = 77


@pytest.fixture
def prepare(pipeline: Pipeline, request_for: Make) -> Callable[..., Regional]:
    def prepare(*, parameters: tuple[tuple[str, object], ...] = (), **changes: object) -> Regional:
        request = request_for(method="regional", parameters=parameters, **changes)
        monitor = Monitor(lambda: None, lambda *_: None, None)
        run = prepare_run(pipeline, request, parameters=read_parameters(Regional.spec, request), monitor=monitor)
        with torch.no_grad():
            return Regional(run)

    return prepare


def random(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def attend(method: Regional, hidden: Tensor, texts: Tensor) -> Tensor:
    """One cross-attention layer while the method's processors are in it; ``texts`` are (texts, tokens, width)."""
    attention: Any = method.run.pipeline.unet.get_submodule(LAYER)
    with torch.no_grad(), method.patches():
        return attention(hidden, texts.flatten(0, 1)[None])


@pytest.mark.parametrize("base_ratio", [0.0, 0.3])
def test_one_box_over_everything_is_plain(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, layout: Layout, base_ratio: float
) -> None:
    whole = replace(layout, boxes=(box("1", "a red car", (0, 0, 512, 512)),))
    expected = latents_of(pipeline, request_for(layout=whole, method="plain"), Plain)
    same_text = (("base_ratio", base_ratio), ("box_prompt", "with_background"))
    request = request_for(layout=whole, method="regional", parameters=same_text)
    assert torch.allclose(latents_of(pipeline, request, Regional), expected, atol=1e-4)


@pytest.mark.parametrize("parameters", [(("base_ratio", 1.0),), (("region_ratio", 0.0),)])
def test_with_the_whole_prompt_alone_it_is_plain(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, parameters: tuple[tuple[str, float], ...]
) -> None:
    expected = latents_of(pipeline, request_for(method="plain"), Plain)
    found = latents_of(pipeline, request_for(method="regional", parameters=parameters), Regional)
    assert torch.allclose(found, expected, atol=1e-4)
    assert not torch.allclose(latents_of(pipeline, request_for(method="regional"), Regional), expected, atol=1e-2)


def test_the_attention_of_every_cell_to_all_texts_sums_to_one(prepare: Callable[..., Regional]) -> None:
    """Composed by hand: each text's probabilities times its weight, over the values of all texts."""
    method = prepare()
    attention: Any = method.run.pipeline.unet.get_submodule(LAYER)
    hidden, texts = random(1, 256, 16, seed=1), random(4, TOKENS, WIDTH, seed=2)
    weights = method._weights((16, 16)).flatten(1)  # pyright: ignore[reportPrivateUsage]
    with torch.no_grad():
        query = attention.head_to_batch_dim(attention.to_q(hidden))  # (heads, cells, width)
        rows = [
            weight[None, :, None]
            * attention.get_attention_scores(query, attention.head_to_batch_dim(attention.to_k(text[None])))
            for text, weight in zip(texts, weights, strict=True)
        ]
        probabilities = torch.cat(rows, dim=-1)  # (heads, cells, all tokens)
        values = attention.head_to_batch_dim(attention.to_v(texts.flatten(0, 1)[None]))
        expected = attention.to_out[0](attention.batch_to_head_dim(probabilities @ values))
    assert torch.allclose(probabilities.sum(dim=-1), torch.ones(()), atol=1e-5)
    assert torch.allclose(attend(method, hidden, texts), expected, atol=1e-5)


def test_a_box_reads_nothing_of_the_other_boxes_texts(prepare: Callable[..., Regional]) -> None:
    method = prepare(parameters=(("feather", 0.0),))
    hidden, texts = random(1, 256, 16, seed=1), random(4, TOKENS, WIDTH, seed=2)
    before = attend(method, hidden, texts).unflatten(1, (16, 16))
    texts[3] = random(TOKENS, WIDTH, seed=3)  # the cup's
    after = attend(method, hidden, texts).unflatten(1, (16, 16))
    cup = cells_of(method.run.boxes[1].bounds, (16, 16))
    is_changed = (before != after).any(dim=-1)[0]
    assert is_changed[cup.top : cup.bottom, cup.left : cup.right].all()
    assert int(is_changed.sum()) == cup.count


@pytest.mark.parametrize(("form", "before"), [("phrase", ""), ("with_background", "a grass field with ")])
def test_texts_are_encoded_for_whole_prompt_background_and_boxes(
    pipeline: Pipeline, prepare: Callable[..., Regional], layout: Layout, form: str, before: str
) -> None:
    boxes = (replace(layout.boxes[0], negative="rust"), layout.boxes[1])
    method = prepare(layout=replace(layout, boxes=boxes), parameters=(("box_prompt", form),))
    run = method.run
    step = Step(0, 4, torch.tensor(900), torch.zeros(()), None)
    given = method.conditioning(step, Conditioning(run.prompt_embeds, run.negative_embeds, 5.0))
    texts = [run.prompt.text, "a grass field", f"{before}a red car", f"{before}a blue cup"]
    prompts = encode_prompts(pipeline, texts)
    assert torch.allclose(given.prompt_embeds.unflatten(1, (4, TOKENS))[0], prompts, atol=1e-5)
    negatives = encode_prompts(pipeline, ["cats", "cats", "rust, cats", "cats"])
    assert torch.allclose(given.negative_embeds.unflatten(1, (4, TOKENS))[0], negatives, atol=1e-5)


def test_a_box_of_strength_0_is_left_to_the_text_outside(prepare: Callable[..., Regional], layout: Layout) -> None:
    boxes = (replace(layout.boxes[0], strength=0.0), replace(layout.boxes[1], strength=2.0))
    method = prepare(layout=replace(layout, boxes=boxes), parameters=(("feather", 0.0),))
    weights = method._weights((16, 16))  # pyright: ignore[reportPrivateUsage]
    assert weights.shape[0] == 3
    assert weights[:, 10, 11].tolist() == [0.0, 0.0, 1.0]  # twice the strength: nothing of the whole prompt
    assert torch.allclose(weights[:, 10, 3], torch.tensor([0.3, 0.7, 0.0]))
