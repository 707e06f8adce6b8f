"""OWL-ViT and OWLv2 with tiny random weights: loading by path, thresholds, suppression, boxes in picture pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    CLIPTokenizer,
    Owlv2Config,
    Owlv2ForObjectDetection,
    OwlViTConfig,
    OwlViTForObjectDetection,
)
from transformers.models.owlvit.image_processing_pil_owlvit import OwlViTImageProcessorPil

from lmd_desktop.benchmark.judges import open_judges
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Rect
from lmd_desktop.judging.detection import Detection
from lmd_desktop.judging.owl import OwlDetector, OwlJudge, Protocol, prepare, suppress

SIDE, PATCH, WIDTH, TEXT_LENGTH = 64, 16, 32, 16
PHRASES = ["a red car", "a blue cup"]


@pytest.fixture(scope="module")
def save(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Writes a tiny detector of a family in the layout of the published folders."""

    def write(family: str) -> Path:
        folder = tmp_path_factory.mktemp(family)
        alphabet = [chr(code) for code in range(33, 127)] + [f"{chr(code)}</w>" for code in range(33, 127)]
        vocabulary = {token: number for number, token in enumerate(["!pad", *alphabet, "<|startoftext|>", "<|end|>"])}
        CLIPTokenizer(
            vocab=vocabulary, merges=[], bos_token="<|startoftext|>", eos_token="<|end|>", pad_token="!pad"
        ).save_pretrained(folder)
        text = {
            "vocab_size": len(vocabulary), "hidden_size": WIDTH, "intermediate_size": WIDTH, "num_hidden_layers": 1,
            "num_attention_heads": 2, "max_position_embeddings": TEXT_LENGTH, "pad_token_id": 0,
            "bos_token_id": len(vocabulary) - 2, "eos_token_id": len(vocabulary) - 1,
        }  # fmt: skip
        vision = {
            "hidden_size": WIDTH, "intermediate_size": WIDTH, "num_hidden_layers": 1, "num_attention_heads": 2,
            "image_size": SIDE, "patch_size": PATCH,
        }  # fmt: skip
        torch.manual_seed(3)
        if family == "owlvit":
            network = OwlViTForObjectDetection(
                OwlViTConfig(text_config=text, vision_config=vision, projection_dim=WIDTH)
            )
        else:
            network = Owlv2ForObjectDetection(Owlv2Config(text_config=text, vision_config=vision, projection_dim=WIDTH))
        network.save_pretrained(folder)
        return folder

    return write


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    pixels = np.random.default_rng(5).integers(0, 255, (60, 90, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("family", ["owlvit", "owlv2"])
def test_a_family_is_loaded_by_path_and_every_patch_counts_once(
    family: str, save: Callable[[str], Path], picture: Image.Image
) -> None:
    detector = OwlDetector(save(family))
    everything = OwlJudge(detector, Protocol(0.0, same_thing_overlap=1.01)).detect(picture, PHRASES)
    assert len(everything) == (SIDE // PATCH) ** 2
    assert [found.score for found in everything] == sorted((found.score for found in everything), reverse=True)
    assert all(found.box.right <= 90 and found.box.bottom <= 60 for found in everything)
    assert OwlJudge(detector, Protocol(1.01)).detect(picture, PHRASES) == []
    middle = everything[len(everything) // 2].score
    assert all(found.score >= middle for found in OwlJudge(detector, Protocol(middle)).detect(picture, PHRASES))
    assert OwlJudge(detector, Protocol(0.0)).detect(picture, []) == []


def test_boxes_of_owlv2_are_shares_of_the_square_that_was_filled_up(
    save: Callable[[str], Path], picture: Image.Image
) -> None:
    folder = save("owlv2")
    _, wide = OwlDetector(folder).scores(picture, PHRASES)
    square = Image.new("RGB", (90, 90), (128, 128, 128))
    square.paste(picture, (0, 0))
    _, whole = OwlDetector(folder).scores(square, PHRASES)
    assert torch.allclose(wide, whole, atol=1e-4)


def test_pictures_are_prepared_as_owlvits_own_processor_does(picture: Image.Image) -> None:
    processor = OwlViTImageProcessorPil(size={"height": SIDE, "width": SIDE})
    theirs = torch.from_numpy(np.asarray(processor(picture)["pixel_values"][0]))
    assert torch.allclose(prepare(picture, SIDE, pads=False)[0], theirs, atol=1e-4)


def test_of_equal_names_in_one_place_the_best_stays() -> None:
    here, almost, there = Rect(0, 0, 100, 100), Rect(10, 0, 100, 100), Rect(300, 0, 100, 100)
    found = [Detection("a cat", 0.3, here), Detection("a cat", 0.9, almost), Detection("a dog", 0.2, here)]
    kept = suppress([*found, Detection("a cat", 0.1, there)], 0.15)
    assert [(one.phrase, one.score) for one in kept] == [("a cat", 0.9), ("a dog", 0.2), ("a cat", 0.1)]


def test_the_benchmark_asks_owlv2_for_more_certainty_where_colours_count(save: Callable[[str], Path]) -> None:
    judges = open_judges("owlv2", save("owlv2"))
    assert judges["attribution"] is not judges[""]
    with pytest.raises(UserError, match="is owlv2, not owlvit"):
        open_judges("owlvit", save("owlv2"))


def test_a_folder_that_is_no_judge_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no OWL-ViT and no OWLv2"):
        open_judges("owlvit", tmp_path)
