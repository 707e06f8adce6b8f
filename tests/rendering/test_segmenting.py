"""Segment Anything: a tiny one of the real class with random weights, and the choice among its masks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import SamProcessor

from lmd_desktop.domain.errors import UserError
from lmd_desktop.rendering.segmenting import choose_mask, load_segmenter
from tests.rendering.tiny_segmenter import save_tiny_segmenter

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_segmenter(tmp_path_factory.mktemp("models") / "sam")


def test_points_and_boxes_give_three_masks_of_the_picture(folder: Path) -> None:
    segmenter = load_segmenter(folder, CPU)
    pixels = torch.randint(0, 256, (48, 96, 3), dtype=torch.uint8)
    by_point = segmenter.segment(pixels, (0.2, 0.7))
    by_box = segmenter.segment(pixels, (0.1, 0.2, 0.5, 0.9))
    for masks, trust in (by_point, by_box):
        assert masks.shape == (3, 48, 96)
        assert trust.shape == (3,)
        assert set(masks.unique().tolist()) <= {0.0, 1.0}
    assert not torch.equal(by_point[1], by_box[1])


def test_the_prompt_is_where_transformers_own_processor_puts_it(folder: Path) -> None:
    segmenter = load_segmenter(folder, CPU)
    pixels = torch.randint(0, 256, (48, 96, 3), dtype=torch.uint8)
    processor: Any = SamProcessor(segmenter.processor)
    made = processor(images=pixels.numpy(), input_boxes=[[[10.0, 5.0, 50.0, 40.0]]], return_tensors="pt")
    with torch.no_grad():
        answer = segmenter.model(pixel_values=made["pixel_values"], input_boxes=made["input_boxes"].float())
    expected = processor.image_processor.post_process_masks(
        answer.pred_masks, made["original_sizes"], made["reshaped_input_sizes"]
    )
    masks, trust = segmenter.segment(pixels, (10 / 96, 5 / 48, 50 / 96, 40 / 48))
    assert torch.allclose(trust, answer.iou_scores[0, 0], atol=1e-5)
    assert (masks != expected[0][0].float()).float().mean() < 0.01


def square(side: int) -> torch.Tensor:
    mask = torch.zeros(16, 16)
    mask[:side, :side] = 1.0
    return mask


def test_the_largest_mask_that_is_trusted_and_confirmed_is_taken() -> None:
    masks = torch.stack([square(16), square(8), square(4)])
    coarse = square(8)
    assert torch.equal(choose_mask(masks, torch.tensor([0.9, 0.9, 0.9]), coarse), square(16))
    assert torch.equal(choose_mask(masks, torch.tensor([0.5, 0.9, 0.9]), coarse), square(8))
    assert torch.equal(choose_mask(masks, torch.tensor([0.9, 0.9, 0.9]), square(4)), square(8))


def test_a_folder_of_something_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no config\.json"):
        load_segmenter(tmp_path, CPU)
    (tmp_path / "config.json").write_text('{"model_type": "owlvit"}', encoding="utf-8")
    with pytest.raises(UserError, match="owlvit"):
        load_segmenter(tmp_path, CPU)
    (tmp_path / "config.json").write_text('{"model_type": "sam"}', encoding="utf-8")
    with pytest.raises(UserError, match="no weights"):
        load_segmenter(tmp_path, CPU)
