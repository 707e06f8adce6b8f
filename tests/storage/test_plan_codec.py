"""What a plan records beyond its layout survives the file, and a plan of an older file has none of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from storage_samples import sample_scene

from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.scene import Dialog, Plan
from lmd_desktop.domain.violations import Fix, Violation
from lmd_desktop.storage.codec import decode_dialog, encode_dialog
from lmd_desktop.storage.reading import Fields, FormatError, dump_json, parse_json

RECT = Rect(8, 8, 64, 64)
FIX = Fix("Name the cat", (("1", "a cat"),), (("1", RECT),), ("2",), (("a dog", RECT),), "", None)


def plan() -> Plan:
    turn = sample_scene().dialog.turn("t2")
    assert isinstance(turn, Plan)
    return replace(
        turn,
        parent=None,
        answers=("first", "second"),
        repairs=("“a cup” was moved inside the canvas.",),
        asked_again=('need 1 "a cat"',),
        violations=(Violation("count", "There should be one cat.", 'need 1 "a cat"', ("1",), FIX),),
        undecided=("1", ":background"),
    )


def written(turn: Plan) -> Any:
    return parse_json(dump_json(encode_dialog(Dialog((turn,)))), "dialog.json")


def test_everything_of_a_plan_comes_back() -> None:
    assert decode_dialog(Fields(written(plan()), "dialog.json", []), None).turns == (plan(),)


def test_a_plan_that_has_nothing_more_writes_nothing_more() -> None:
    bare = replace(plan(), answers=(), repairs=(), asked_again=(), violations=(), undecided=())
    turn = written(bare)["turns"][0]
    assert not {"answers", "repairs", "asked_again", "violations", "undecided"} & set(turn)


def test_a_violation_of_an_unknown_kind_is_told_with_its_place() -> None:
    document = written(plan())
    document["turns"][0]["violations"][0]["kind"] = "taste"
    with pytest.raises(FormatError, match='turn "t2", violation 1: “taste”'):
        decode_dialog(Fields(document, "dialog.json", []), None)
