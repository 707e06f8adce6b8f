"""What is put into the painter is there again in the next run; a broken file is as good as none."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmd_desktop.domain.painter import Lora, PainterParts, Refinement
from lmd_desktop.storage.parts_file import PaintingParts, load_parts, save_parts


def test_parts_are_there_again_but_trust_in_pickles_is_not(tmp_path: Path) -> None:
    painter = PainterParts(
        vae=tmp_path / "vae",
        loras=(Lora(tmp_path / "línea.safetensors", 0.7), Lora(tmp_path / "b.safetensors", -0.5)),
        gligen=tmp_path / "gligen",
        segmenter=tmp_path / "sam",
        refinement=Refinement(tmp_path / "refiner", 0.25),
    )
    path = tmp_path / "new" / "parts.json"
    save_parts(path, PaintingParts(PainterParts(**{name: getattr(painter, name) for name in painter.__slots__})))
    assert load_parts(path).painter == painter
    save_parts(path, PaintingParts(PainterParts(allows_pickles=True), tmp_path / "owl"))
    assert load_parts(path) == PaintingParts(PainterParts(), tmp_path / "owl")


@pytest.mark.parametrize("text", ["", "[]", '{"loras": [{"path": "a", "weight": 1e99}]}', '{"vae": 3}', "[" * 9999])
def test_a_broken_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "parts.json"
    path.write_text(text, encoding="utf-8")
    assert load_parts(path) == PaintingParts()
