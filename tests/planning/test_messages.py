"""The dialog as chat messages."""

from __future__ import annotations

from dataclasses import replace

from lmd_desktop.domain.edits import add_box, lock_boxes, move_box
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.requests import PlanRequest
from lmd_desktop.domain.scene import Scene, add_plan, add_request, edit_layout, set_note
from lmd_desktop.planning.messages import first_kept, read_dialog

CAR = replace(add_box(Layout(), "a red car", Rect(8, 16, 64, 64)), background_prompt="a street")
RAW = "box 1 a red car | 8 16 64 64\nbg a street\nneg \n"


def planned(scene: Scene, layout: Layout, raw: str) -> Scene:
    return add_plan(scene, layout, raw=raw, model="m", model_sha256="0", seed=1)


def request_of(scene: Scene, text: str) -> PlanRequest:
    scene = add_request(scene, text)
    return PlanRequest(scene.dialog.path(), scene.layout, text, 0)


def first_round() -> Scene:
    return planned(add_request(Scene(), "a red car"), CAR, RAW)


def test_a_first_request_is_one_message() -> None:
    conversation = read_dialog(request_of(Scene(), "a red car"))
    assert conversation.exchanges == ()
    assert conversation.request == "canvas 512 512\nrequest a red car"


def test_earlier_messages_stay_the_same_to_the_byte() -> None:
    scene = first_round()
    second = read_dialog(request_of(scene, "add a dog"))
    assert second.exchanges[0].answer == RAW
    later = planned(add_request(scene, "add a dog"), CAR, RAW)
    third = read_dialog(request_of(later, "add a cat"))
    assert third.messages("rules")[: len(second.messages("rules"))] == second.messages("rules")


def test_a_hand_edit_reaches_the_model_through_the_canvas_lines() -> None:
    scene = edit_layout(first_round(), lock_boxes(move_box(CAR, "1", 400, 16), ["1"]))
    conversation = read_dialog(request_of(scene, "add a dog"))
    assert conversation.exchanges[0].answer == RAW
    assert "box 1 a red car | 400 16 64 64 *" in conversation.request
    assert "note" not in conversation.request


def test_the_note_of_a_hand_edit_is_told_with_the_next_request_only() -> None:
    scene = edit_layout(first_round(), move_box(CAR, "1", 400, 16))
    scene = set_note(scene, scene.dialog.head or "", "it is parked")
    conversation = read_dialog(request_of(scene, "add a dog"))
    assert conversation.request.endswith("note it is parked\nrequest add a dog")
    later = planned(add_request(scene, "add a dog"), CAR, RAW)
    assert "note" not in read_dialog(request_of(later, "add a cat")).request


def test_a_request_that_was_never_answered_is_left_out() -> None:
    scene = add_request(add_request(Scene(), "a failed one"), "stopped by hand")
    assert read_dialog(request_of(scene, "a red car")).exchanges == ()


def test_a_raw_answer_in_another_format_is_told_as_its_layout() -> None:
    scene = planned(add_request(Scene(), "a red car"), CAR, '{"boxes": []}')
    assert read_dialog(request_of(scene, "more")).exchanges[0].answer == RAW


def test_a_dialog_is_cut_to_half_so_that_the_cut_stays_for_several_turns() -> None:
    sizes = [100] * 40
    cuts = [first_kept(sizes[:count], 1000) for count in range(1, 41)]
    assert all(sum(sizes[cut:count]) <= 1000 for count, cut in enumerate(cuts, start=1))
    assert len(set(cuts)) == 6
    assert first_kept([5000], 1000) == 1
