"""Layouts come and go as text: pasted as a turn by a real child process, asked about where they are ambiguous."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from lmd_desktop.app.layout_text import LayoutPaster, TextFormat, layout_as_text, looks_like_layout
from lmd_desktop.app.session import Session
from lmd_desktop.domain import edits
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.scene import CanvasEdit, Scene

WAIT_MS = 60_000
LMD_TEXT = "Objects: [('a red car', [48, 304, 168, 120]), ('a lamp', [300, 40, 60, 200])]\nBackground prompt: a street"
AMBIGUOUS = '[{"name": "a red car", "box": [100, 200, 300, 400]}, {"name": "a cup", "box": [10, 20, 110, 220]}]'


@pytest.fixture
def session() -> Session:
    layout = edits.add_box(Layout(negative_prompt="cats"), "a red car", Rect(0, 0, 64, 64))
    return Session(Scene(start=edits.add_box(layout, "a dog", Rect(90, 90, 64, 64))))


def paste(paster: LayoutPaster, qtbot: QtBot, text: str) -> None:
    paster.paste(text)
    qtbot.waitUntil(lambda: not paster.is_reading, timeout=WAIT_MS)


def test_a_pasted_layout_is_a_turn_in_which_known_things_keep_their_ids(session: Session, qtbot: QtBot) -> None:
    paster = LayoutPaster(session)
    paste(paster, qtbot, LMD_TEXT)
    assert [(box.id, box.phrase) for box in session.layout.boxes] == [("1", "a red car"), ("3", "a lamp")]
    assert session.layout.box("1").rect == Rect(48, 304, 168, 120)
    assert (session.layout.background_prompt, session.layout.negative_prompt) == ("a street", "cats")
    assert isinstance(session.scene.dialog.path()[-1], CanvasEdit)
    assert session.undo_stack.undoText() == "Paste a layout"


def test_an_ambiguous_order_is_asked_about_and_the_answer_decides(session: Session, qtbot: QtBot) -> None:
    paster = LayoutPaster(session)
    paste(paster, qtbot, AMBIGUOUS)
    question = paster.question
    assert question is not None
    assert session.scene.dialog.turns == ()
    choice = next(choice for choice in question.choices if choice.key == "xyxy")
    paster.choose(choice.reading)
    while paster.question is not None:
        paster.choose(paster.question.choices[0].reading)
    assert session.layout.box("1").rect == Rect(100, 200, 200, 200)


def test_a_text_that_is_no_layout_is_refused_in_words(session: Session, qtbot: QtBot) -> None:
    paster = LayoutPaster(session)
    paste(paster, qtbot, "Dear diary, nothing happened today.")
    assert paster.refusal is not None
    assert session.scene.dialog.turns == ()


@pytest.mark.parametrize("text_format", ["lmd", "json", "ideogram"])
def test_what_is_copied_can_be_pasted_again(session: Session, qtbot: QtBot, text_format: TextFormat) -> None:
    before = session.layout
    paster = LayoutPaster(Session(Scene()))
    paste(paster, qtbot, layout_as_text(before, text_format))
    pasted = paster._session.layout
    assert [box.phrase for box in pasted.boxes] == ["a red car", "a dog"]
    assert all(abs(a.rect.x - b.rect.x) <= 1 for a, b in zip(before.boxes, pasted.boxes, strict=True))


def test_only_layouts_look_like_layouts() -> None:
    assert looks_like_layout(LMD_TEXT)
    assert looks_like_layout("box 1 a cat | 8 8 64 64\nbg a room\n")
    assert not looks_like_layout("a red car at [10, 20, 30, 40]")
    assert not looks_like_layout("Make the background prompt shorter, and add 3 cats (2 of them black)")
