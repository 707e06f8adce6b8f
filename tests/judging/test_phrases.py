"""Which phrases say the same, and what they are about."""

from __future__ import annotations

from lmd_desktop.judging.phrases import bare_noun, names, quoted


def test_a_red_car_is_a_car_but_not_the_other_way_round() -> None:
    assert names("a red car", "the car")
    assert not names("a car", "a red car")
    assert names("a big car", "a small car")
    assert not names("a car", "a giant")
    assert bare_noun("a large red car!") == "a car"


def test_a_sentence_names_each_phrase_once_and_not_hundreds() -> None:
    assert quoted(["a dragon", "an elf", "a dragon"]) == "“a dragon”, “an elf”"
    assert quoted(str(number) for number in range(100)) == "“0”, “1”, “2”, “3”, “4”, …"
