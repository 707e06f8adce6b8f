"""Injuries to bytes, JSON and text for the fuzz runs; drawn from one Random, so that each can be repeated."""

from __future__ import annotations

import copy
import json
import random
import struct
from typing import Any

RAW = "@raw@"
LONG = "x" * 3000
# What JSON readers stumble over; those in RAW cannot be written by a JSON writer and are put in afterwards.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, -(2**70), 0.5, 1e308, "", " ", "a", LONG, "a red car", "\x00",
    "../../etc/passwd", "C:\\evil", "/dev/zero", "\u202egnp.exe", "\u200b", "\ufeff", "e\u0301", "\u212b", "CON",
    "9" * 5000,
    "\u0663", "\U0001f600", "{{ 7*7 }}", "%s%n", "__class__", "lmd", [], {}, [[]], {"a": {}}, [None] * 50,
)  # fmt: skip
RAW_VALUES = (
    "NaN", "-Infinity", "1e999", "9" * 5000, '"\\ud800"', '"\\udc00\\ud800"', "[" * 200 + "]" * 200,
    "[" * 20_000 + "]" * 20_000, '{"a":' * 150 + "1" + "}" * 150, '{"a": 1, "a": 2}', "-0", "1E400", "0.1e-999",
)  # fmt: skip
PIECES = (
    "\x00", "\n", "\r", "\t", "\u202e", "\u200d", "\ufeff", "\ud800", "\U0001f600", "'", '"', "\\", "{", "}", "[", "]",
    ",", ":", "=", "|", "%", "(", ")", "..", "/", "-1", "1e999", "9" * 30, "NaN", "null", "e\u0301",
)  # fmt: skip
NUMBERS = (0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)


def injure_bytes(dice: random.Random, data: bytes) -> bytes:
    """One to twenty changes without knowing the format: bits, numbers, cuts, repeats, moves."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 20))):
        start = dice.randrange(len(changed) + 1)
        end = min(len(changed), start + dice.choice((1, 2, 4, 8, 64, 512)))
        match dice.randrange(8):
            case 0 if start < len(changed):
                changed[start] ^= 1 << dice.randrange(8)
            case 1 if start < len(changed):
                changed[start] = dice.choice((0, 0x20, 0x7F, 0x80, 0xFF, dice.randrange(256)))
            case 2:
                form = dice.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
                number = struct.pack(form, dice.choice(NUMBERS) % (1 << 8 * struct.calcsize(form)))
                changed[start : start + len(number)] = number
            case 3:
                del changed[start:end]
            case 4:
                changed[start:start] = changed[start:end] * dice.choice((1, 1, 2, 50))
            case 5:
                changed[start:start] = dice.randbytes(dice.choice((1, 4, 32)))
            case 6:
                del changed[start:]
            case _:
                changed = changed[start:] + changed[:start]
    return bytes(changed)


def injure_text(dice: random.Random, text: str) -> str:
    """One to six changes to characters: cut, repeat, move, put something odd in."""
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        start = dice.randrange(len(text) + 1)
        end = min(len(text), start + dice.choice((1, 2, 8, 40, 200)))
        match dice.randrange(5):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:end] * dice.choice((1, 2, 30)) + text[end:]
            case 2:
                text = text[end:] + text[:start]
            case 3:
                text = text[:start] + dice.choice(PIECES) * dice.choice((1, 1, 2, 100)) + text[end:]
            case _:
                text = text[:start] + "".join(dice.choices(PIECES, k=4)) + text[start:]
    return text


def injure_json(dice: random.Random, value: Any) -> bytes:
    """JSON text of a value in which a few places were changed; perhaps with what no JSON writer would write."""
    value = json.loads(json.dumps(value))
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        value = _injure_tree(dice, value)
    text = json.dumps(value, ensure_ascii=dice.random() < 0.5)
    while RAW in text:
        text = text.replace(f'"{RAW}"', dice.choice(RAW_VALUES), 1).replace(RAW, "raw", 1)
    return text.encode("utf-8", "replace")


def _injure_tree(dice: random.Random, tree: Any) -> Any:
    place: Any = tree
    parent, key = None, None
    while isinstance(place, dict | list) and place and dice.random() < 0.9:
        parent = place
        key = dice.choice(list(place)) if isinstance(place, dict) else dice.randrange(len(place))
        place = parent[key]
    if parent is None:
        return tree if dice.random() < 0.9 else hostile_value(dice)
    match dice.randrange(7):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, list):
            parent += [place] * dice.choice((1, 2, 300))
        case 1:
            parent[dice.choice(("new", "", "id", "__proto__", "x" * 300, "\u202e", str(key).upper()))] = place
        case 2 if isinstance(place, str):
            parent[key] = injure_text(dice, place)
        case 3 if isinstance(place, int | float):
            parent[key] = dice.choice((0, -1, place + 1, -place, place * 1000, place + 0.5, dice.choice(NUMBERS)))
        case _:
            parent[key] = hostile_value(dice)
    return tree


def hostile_value(dice: random.Random) -> Any:
    # A copy: the next injury may change what was put in.
    return RAW if dice.random() < 0.25 else copy.deepcopy(dice.choice(VALUES))
