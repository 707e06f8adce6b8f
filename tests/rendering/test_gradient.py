"""The gradient of losses on attention: early exit, checkpointing and batches change nothing; nothing else is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering.attention import AttentionRecorder, choose_guided_layers
from lmd_desktop.rendering.denoise import call_unet
from lmd_desktop.rendering.gradient import evaluate_loss, evaluate_losses
from lmd_desktop.rendering.method import Step
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.run import Run
from tests.rendering.guided import first_step, prepare


@pytest.fixture
def run(pipeline: Pipeline, request_for: Callable[..., RenderRequest]) -> Run:
    return prepare(pipeline, request_for(method="plain"), Plain)[0]


@pytest.fixture
def step(run: Run) -> Step:
    return first_step(run)


@pytest.fixture
def recorder(run: Run) -> AttentionRecorder:
    return AttentionRecorder(run.pipeline.unet, choose_guided_layers(run.pipeline.unet, run.grid))


def loss_of(maps: Mapping[str, Tensor]) -> Tensor:
    """Any number that all maps of one picture, (heads, cells, tokens), have a part in."""
    return torch.stack([(layer[:, :, 4] ** 2).sum() + layer[:, 3, 5].sum() for layer in maps.values()]).sum()


@pytest.mark.parametrize("saves_memory", [False, True])
@pytest.mark.parametrize("is_grounded", [False, True])
def test_ending_early_gives_the_gradient_of_the_full_forward_bit_for_bit(
    run: Run, step: Step, recorder: AttentionRecorder, saves_memory: bool, is_grounded: bool
) -> None:
    grounding = run.grounding((run.boxes,)) if is_grounded else None
    seen = step.latents.clone().requires_grad_(True)
    with recorder.installed():
        with recorder.recording():
            call_unet(run.pipeline, seen, step.timestep, embeds=run.prompt_embeds, grounding=grounding)
        full = loss_of({name: maps[0] for name, maps in recorder.maps.items()})
        expected = torch.autograd.grad(full, seen)[0]
        loss, gradient = evaluate_loss(
            run, step, step.latents, recorder=recorder, loss=loss_of, grounding=grounding, saves_memory=saves_memory
        )
        assert expected.abs().max() > 0
        assert torch.equal(loss, full.detach())
        assert torch.equal(gradient(), expected)
    assert not run.pipeline.unet.is_gradient_checkpointing


def test_pictures_of_a_batch_have_the_gradients_that_they_have_alone(
    run: Run, step: Step, recorder: AttentionRecorder
) -> None:
    latents = torch.cat([step.latents, step.latents.flip(-1)])
    embeds = torch.cat([run.prompt_embeds, run.negative_embeds])

    def evaluate(rows: slice) -> tuple[Tensor, Tensor]:
        losses, gradient = evaluate_losses(
            run,
            step,
            latents[rows],
            embeds=embeds[rows],
            recorder=recorder,
            losses=lambda maps: torch.stack(
                [loss_of({name: batch[row] for name, batch in maps.items()}) for row in range(len(latents[rows]))]
            ),
        )
        return losses, gradient()

    with recorder.installed():
        losses, gradients = evaluate(slice(0, 2))
        alone = [evaluate(slice(row, row + 1)) for row in range(2)]
    assert torch.allclose(losses, torch.cat([one for one, _ in alone]), rtol=1e-5)
    assert torch.allclose(gradients, torch.cat([one for _, one in alone]), rtol=1e-3, atol=1e-7)


class Operations(TorchDispatchMode):
    """Counts what torch computes while it is entered."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.counts[str(func)] += 1
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("saves_memory", [False, True])
def test_attention_is_materialised_in_the_guided_layers_only(
    run: Run, step: Step, recorder: AttentionRecorder, saves_memory: bool
) -> None:
    with recorder.installed(), Operations() as operations:
        _, gradient = evaluate_loss(run, step, step.latents, recorder=recorder, loss=loss_of, saves_memory=saves_memory)
        gradient()
    assert operations.counts["aten._softmax.default"] == len(recorder.layers)
    assert operations.counts["aten._softmax_backward_data.default"] == len(recorder.layers)
    assert any("scaled_dot_product" in name for name in operations.counts)
    assert not any(parameter.requires_grad for parameter in run.pipeline.unet.parameters())
    assert recorder.maps == {}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_stays_switched_on_after_an_error(
    run: Run, step: Step, recorder: AttentionRecorder, error: type[BaseException]
) -> None:
    def fail(*_: object) -> None:
        raise error

    handle = run.pipeline.unet.mid_block.register_forward_pre_hook(fail)
    with recorder.installed(), pytest.raises(error):
        evaluate_loss(run, step, step.latents, recorder=recorder, loss=loss_of, saves_memory=True)
    handle.remove()
    assert not run.pipeline.unet.is_gradient_checkpointing
    assert not recorder.is_recording
    with recorder.installed():
        evaluate_loss(run, step, step.latents, recorder=recorder, loss=loss_of)
