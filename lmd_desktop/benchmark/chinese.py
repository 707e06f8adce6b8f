"""The benchmark's captions in Simplified Chinese: the same layouts are wanted, named in English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmd_desktop.benchmark.prompts import BenchmarkPrompt
from lmd_desktop.benchmark.rules import Absent, Beside, Count, Present, Side

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
NUMBERS = {1: "一", 2: "两", 3: "三", 4: "四", 5: "五"}
SIDES: dict[Side, tuple[str, str]] = {
    "left": ("左边", "右边"),
    "right": ("右边", "左边"),
    "top": ("上面", "下面"),
    "bottom": ("下面", "上面"),
}


def chinese_twins(prompts: Sequence[BenchmarkPrompt]) -> tuple[BenchmarkPrompt, ...]:
    """The paper's prompts in Chinese, with the same rules."""
    return tuple(replace(prompt, caption=OPENING + _said(prompt)) for prompt in prompts)


def _said(prompt: BenchmarkPrompt) -> str:
    match prompt.rules:
        case (Absent(noun),):
            return f"没有{NOUNS[noun][0]}"
        case (Count(noun, number),):
            return f"有{_counted(noun, number)}"
        case (Present(first), Present(second)):
            return f"有{_coloured(first)}和{_coloured(second)}"
        case (Beside(first, side, second),):
            here, there = SIDES[side]
            return f"{here}是{_counted(first, 1)}，{there}是{_counted(second, 1)}"
        case rules:
            raise ValueError(f"{rules} is no rule of the paper")


def _counted(noun: str, number: int) -> str:
    word, measure = NOUNS[noun]
    return f"{NUMBERS[number]}{measure}{word}"


def _coloured(phrase: str) -> str:
    _, colour, noun = phrase.split()
    word, measure = NOUNS[noun]
    return f"一{measure}{COLOURS[colour]}的{word}"
