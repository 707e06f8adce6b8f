"""Pictures of one layout as a table, and what a search among pictures finds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmd_desktop.domain.edits import add_box, move_box
from lmd_desktop.domain.layout import Layout, Rect, Size
from lmd_desktop.domain.picture_grid import PictureFilter, grid_of
from lmd_desktop.domain.requests import RenderRecord, RenderRequest

LAYOUT = add_box(Layout(background_prompt="a café"), "a red car", Rect(10, 20, 100, 100))


def picture(name: str, **changes: object) -> RenderRecord:
    request = replace(RenderRequest(LAYOUT), **changes)
    return RenderRecord(name * 64, "t1", request, Size(64, 64), "a prompt", "", "m", "0" * 64, "cpu")


def test_methods_are_rows_and_seeds_are_columns_of_one_layout() -> None:
    records = [
        picture("a", method="lmd", seed=7),
        picture("b", method="plain", seed=3),
        picture("c", method="lmd", seed=7),
        picture("d", method="lmd", seed=9, num_inference_steps=50),
        picture("e", method="gligen", seed=9, layout=move_box(LAYOUT, "1", 0, 0)),
    ]
    grid = grid_of(records, records[0])
    assert (grid.methods, grid.seeds) == (("lmd", "plain"), (3, 7))
    assert {place: record.sha256[0] for place, record in grid.pictures.items()} == {("lmd", 7): "c", ("plain", 3): "b"}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (PictureFilter(), "abc"),
        (PictureFilter(words="CAFE car"), "abc"),
        (PictureFilter(words="best"), "b"),
        (PictureFilter(words="best elephant"), ""),
        (PictureFilter(method="plain"), "c"),
        (PictureFilter(seed=5), "a"),
        (PictureFilter(turn="t2"), "b"),
        (PictureFilter(is_of_start=True), "c"),
        (PictureFilter(is_starred=True, words="café"), "b"),
    ],
)
def test_a_filter_finds_by_words_turn_method_seed_and_star(wanted: PictureFilter, names: str) -> None:
    records = (
        picture("a", seed=5),
        replace(picture("b", seed=6), note="The best one", is_starred=True, turn="t2"),
        replace(picture("c", method="plain", seed=6), turn=None),
    )
    assert "".join(record.sha256[0] for record in records if wanted.fits(record)) == names
