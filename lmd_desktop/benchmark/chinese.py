"""The benchmark's captions in Simplified Chinese: the same layouts are wanted, named in English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmd_desktop.benchmark.prompts import BenchmarkPrompt
from lmd_desktop.benchmark.rules import Absent, Beside, Contact, Count, Larger, Present, Side, Touching

OPENING = "一张真实的照片，"
# Noun and measure word.
NOUNS = {
    "backpack": ("背包", "个"),
    "book": ("书", "本"),
    "bottle": ("瓶子", "个"),
    "bowl": ("碗", "个"),
    "car": ("汽车", "辆"),
    "cat": ("猫", "只"),
    "chair": ("椅子", "把"),
    "cup": ("杯子", "个"),
    "dog": ("狗", "只"),
    "laptop": ("笔记本电脑", "台"),
    "apple": ("苹果", "个"),
    "bird": ("鸟", "只"),
    "boat": ("船", "条"),
    "flower": ("花", "朵"),
    "house": ("房子", "座"),
    "lamp": ("灯", "盏"),
    "mushroom": ("蘑菇", "个"),
    "table": ("桌子", "张"),
    "tree": ("树", "棵"),
    "umbrella": ("伞", "把"),
}
COLOURS = {
    "red": "红色",
    "orange": "橙色",
    "yellow": "黄色",
    "green": "绿色",
    "blue": "蓝色",
    "purple": "紫色",
    "pink": "粉色",
    "brown": "棕色",
    "black": "黑色",
    "white": "白色",
    "gray": "灰色",
}
SIZES = {"large": "大的", "big": "大的", "huge": "巨大的", "small": "小的", "tiny": "很小的"}
NUMBERS = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
SIDES: dict[Side, tuple[str, str]] = {
    "left": ("左边", "右边"),
    "right": ("右边", "左边"),
    "top": ("上面", "下面"),
    "bottom": ("下面", "上面"),
}
CONTACTS: dict[Contact, str] = {"on": "上", "in": "里", "under": "底下"}


def chinese_twins(prompts: Sequence[BenchmarkPrompt]) -> tuple[BenchmarkPrompt, ...]:
    """Prompts of the paper or of the harder suites in Chinese, with the same rules."""
    return tuple(replace(prompt, caption=OPENING + _said(prompt)) for prompt in prompts)


def _said(prompt: BenchmarkPrompt) -> str:
    match prompt.rules:
        case (Absent(noun),):
            return f"没有{NOUNS[noun][0]}"
        case (Count(noun, number),):
            return f"有{_counted(noun, number)}"
        case (Count(noun, number), Count(other, second)):
            return f"有{_counted(noun, number)}和{_counted(other, second)}"
        case (Present(first), Present(second)):
            return f"有{_thing(first)}和{_thing(second)}"
        case (Present(first), Present(second), Beside(_, side, _)):
            return f"{_thing(first)}在{_thing(second)}的{SIDES[side][0]}"
        case (Present(first), Absent(unwanted)):
            colour, noun = unwanted.split()
            return f"有{_thing(first)}，没有{COLOURS[colour]}的{NOUNS[noun][0]}"
        case (Beside(first, side, second),):
            here, there = SIDES[side]
            return f"{here}是{_counted(first, 1)}，{there}是{_counted(second, 1)}"
        case (Beside(first, side, second), *rest):
            parts = [f"{_counted(first, 1)}在{_counted(second, 1)}的{SIDES[side][0]}"]
            for rule in rest:
                if isinstance(rule, Beside):
                    parts.append(f"{_counted(rule.first, 1)}在{NOUNS[rule.second][0]}的{SIDES[rule.side][0]}")
            return "，".join(parts)
        case (Touching(first, how, second), Beside(_, side, third)):
            return f"{_on(_counted(first, 1), how, second)}，{NOUNS[second][0]}在{_counted(third, 1)}的{SIDES[side][0]}"
        case (Touching(_, how, second),):
            return _on(_thing(prompt.things[0]), how, second)
        case (Larger(),):
            return f"有{_thing(prompt.things[0])}和{_thing(prompt.things[1])}"
        case rules:
            raise ValueError(f"{rules} cannot be said in Chinese")


def _on(thing: str, how: Contact, noun: str) -> str:
    return f"{thing}在{_counted(noun, 1)}{CONTACTS[how]}"


def _counted(noun: str, number: int) -> str:
    word, measure = NOUNS[noun]
    return f"{NUMBERS[number]}{measure}{word}"


def _thing(phrase: str) -> str:
    """ "a red car", "a small cup", "a car"."""
    *looks, noun = phrase.split()[1:]
    word, measure = NOUNS[noun]
    said = "".join(SIZES[look] if look in SIZES else f"{COLOURS[look]}的" for look in looks)
    return f"一{measure}{said}{word}"
