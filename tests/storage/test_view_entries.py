"""The view of a scene lies in its file beside the documents, and never stands in the way of opening it."""

from __future__ import annotations

import json

import pytest

from lmd_desktop.domain.scene_view import SceneView
from lmd_desktop.storage.view_entries import VIEW, view_of, with_view, with_view_value

PNG = b"\x89PNG not a whole one"
VIEWS = [
    SceneView(),
    SceneView(guide="golden", shows_attention=True),
    SceneView(PNG, "fill", 0.25, "safe"),
    SceneView(place=(2.5, 100.0, -20.5)),
]


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_comes_back_as_it_was_and_other_entries_stay(view: SceneView) -> None:
    entries = with_view((("notes.txt", b"hello"),), SceneView(PNG, opacity=0.9))
    entries = with_view(entries, view)
    assert view_of(entries) == view
    assert dict(entries)["notes.txt"] == b"hello"
    assert sum(name.startswith("references/") for name, _ in entries) == bool(view.backdrop)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"\xff" * 9, b'{"opacity": 7}', b'{"place": [0, 1, 2]}', b'{"place": [1, "x", 2]}'],
)
def test_a_damaged_view_is_the_usual_one(data: bytes) -> None:
    assert view_of(((VIEW, data),)) == SceneView()
    assert view_of(((VIEW, json.dumps({"fit": "round", "backdrop": "references/gone"}).encode()),)) == SceneView()


@pytest.mark.parametrize("end", ["/../../x", "\\x", ".png/../x", ".exe"])
def test_a_backdrop_with_a_name_of_its_own_is_not_taken_out_of_a_journal(end: str) -> None:
    asked: list[str] = []

    def found(sha256: str) -> bytes:
        asked.append(sha256)
        return b"\x89PNG"

    name = f"references/{'0' * 64}"
    entries = with_view_value((), {"guide": "golden", "backdrop": name + end}, found)
    assert (view_of(entries), asked) == (SceneView(guide="golden"), [])
    assert view_of(with_view_value((), {"guide": "golden", "backdrop": f"{name}.png"}, found)).backdrop == b"\x89PNG"
