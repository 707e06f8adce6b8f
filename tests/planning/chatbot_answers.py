"""Makes answers as chatbots write them: one layout in many formats, wrapped in talk, with what is expected of each."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

Numbers = tuple[int, int, int, int]
NAMES = (
    "a red car", "a man's hat", "an old book", "a cat", "a black and white dog", "three-legged stool", "a bowl of soup",
    "a 3D printer", "a bottle, half full", "a girl in a blue dress", "a sign", "a box", "a woman wearing a hat",
    "a slice of pizza", "a left shoe", "a chair on wheels", "a T-shirt", "a café table", "the moon", "waterfall",
    "a children's bicycle", "a Ming-style vase (blue)", "a height chart", "an x-ray", "a list",
)  # fmt: skip
BACKGROUNDS = (
    "A realistic scene", "An oil painting of a harbour at dusk", "a city street, rainy and dark",
    "A realistic scene of a farm",
    "a top-down view of a table", "A photo-realistic image of a living room", "The inside of a train",
)  # fmt: skip
NEGATIVES = ("", "", "cats", "people, cars", "a moon and stars")
NONE_WORDS = ("None", "None.", "N/A", "", "none", "(none)", "null", "[]", '""')
BEFORE = (
    "", "", "Sure! Here is the layout:\n\n", "Here's the list of bounding boxes for your caption:\n\n",
    "Certainly!\n",
    "<think>The car should be left of the dog, so maybe [1, 2, 3, 4].</think>\n",
    "Answer:\n", "Caption: a photo of a scene\n",
)  # fmt: skip
AFTER = (
    "", "", "\n\nI hope this helps! Let me know if you want changes.",
    "\n\nNote: the first box is placed at the left (x = 48).",
    "\n\nExplanation: I put the things so that none of them overlap.\n- The first is at [10, 20, 30, 40].",
    "\n\nThis layout leaves 20 pixels between the boxes.", "\n\n---\nWould you like another one?",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Truth:
    """What a text says: (name, x, y, width, height) in pixels of 512×512, and both prompts."""

    boxes: tuple[tuple[str, Numbers], ...]
    background: str
    negative: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A text with its truth. ``tolerance`` in pixels for coarse numbers; ``is_told`` whether the order is stated."""

    style: str
    text: str
    truth: Truth
    tolerance: int = 0
    is_told: bool = True


def draw_truth(rng: random.Random) -> Truth:
    """One to five boxes that lie inside the canvas."""
    names = rng.sample(NAMES, rng.randint(1, 5))
    boxes: list[tuple[str, Numbers]] = []
    for name in names:
        width, height = rng.randint(24, 260), rng.randint(24, 260)
        boxes.append((name, (rng.randint(0, 512 - width), rng.randint(0, 512 - height), width, height)))
    return Truth(tuple(boxes), rng.choice(BACKGROUNDS), rng.choice(NEGATIVES))


def draw_answer(rng: random.Random) -> Answer:
    """A random layout in a random format."""
    truth = draw_truth(rng)
    make = rng.choice(STYLES)
    return make(rng, truth)


def _lmd(rng: random.Random, truth: Truth, objects: str, style: str) -> Answer:
    """LMD's three fields around any way of writing the objects."""
    bold = rng.choice(("", "", "**", "### "))
    close = "**" if bold == "**" else ""
    label = [f"{bold}{name}:{close}" for name in ("Objects", "Background prompt", "Negative prompt")]
    if rng.random() < 0.1:
        label = [f"{bold}{name}{close}:" for name in ("OBJECTS", "Background Prompt", "Negative Prompt")]
    head = f"{label[0]} " if rng.random() < 0.75 else "" if objects.startswith("[") else f"{label[0]}\n"
    background = rng.choice((truth.background, truth.background, f'"{truth.background}"'))
    gap = rng.choice(("\n", "\n", "\n\n"))
    parts = [f"{head}{objects}", f"{label[1]} {background}"]
    negative = truth.negative or rng.choice(NONE_WORDS)
    if truth.negative or rng.random() < 0.7:
        parts.append(f"{label[2]} {negative}".rstrip(" ") if not negative else f"{label[2]} {negative}")
    text = gap.join(parts)
    fence = rng.choice(("", "", "", "```\n", "```python\n", "```plaintext\n"))
    text = f"{fence}{text}\n```" if fence else text
    return Answer(style, rng.choice(BEFORE) + text + rng.choice(AFTER), truth)


def lmd_list(rng: random.Random, truth: Truth) -> Answer:
    items = [(name, list(numbers)) for name, numbers in truth.boxes]
    return _lmd(rng, truth, repr(items), "lmd list")


def lmd_double_quotes(rng: random.Random, truth: Truth) -> Answer:
    items = [f'("{name}", [{", ".join(map(str, numbers))}])' for name, numbers in truth.boxes]
    joined = rng.choice((", ", ",\n    ", ",\n"))
    end = rng.choice(("", "", ",", ",\n"))
    return _lmd(rng, truth, f"[{joined.join(items)}{end}]", "lmd double quotes")


def lmd_apostrophes(rng: random.Random, truth: Truth) -> Answer:
    """Single quotes around everything, apostrophes and all: not valid Python."""
    items = [f"('{name}', [{', '.join(map(str, numbers))}])" for name, numbers in truth.boxes]
    return _lmd(rng, truth, f"[{', '.join(items)}]", "lmd apostrophes")


def lmd_floats(rng: random.Random, truth: Truth) -> Answer:
    items = [(name, [round(n + rng.choice((0.0, 0.25, -0.25)), 2) for n in four]) for name, four in truth.boxes]
    return _replaced(_lmd(rng, truth, repr(items), "lmd floats"), tolerance=1)


def lmd_curly(rng: random.Random, truth: Truth) -> Answer:
    items = [f"(“{name.replace(chr(39), '’')}”, [{', '.join(map(str, numbers))}])" for name, numbers in truth.boxes]
    return _lmd(rng, truth, f"[{', '.join(items)}]", "lmd curly quotes")


def lmd_numbered(rng: random.Random, truth: Truth) -> Answer:
    style = rng.choice((
        "{i}. {n}: [{b}]", "{i}. ('{n}', [{b}])", "{i}) {n} - [{b}]", "- {n}: [{b}]", "* **{n}**: ({b})",
        "{i}. **{n}** [{b}]", "{i}. {n} – ({b})", "• {n}: {b}", "{n}: [{b}]", "- `{n}`: `[{b}]`",
    ))  # fmt: skip
    lines = [style.format(i=i, n=name, b=", ".join(map(str, four))) for i, (name, four) in enumerate(truth.boxes, 1)]
    return _lmd(rng, truth, "\n" + "\n".join(lines), "lmd numbered")


def lmd_dicts(rng: random.Random, truth: Truth) -> Answer:
    key, box = rng.choice((("name", "bbox"), ("object", "bounding_box"), ("label", "box"), ("caption", "coordinates")))
    items = [{key: name, box: list(numbers)} for name, numbers in truth.boxes]
    text = repr(items) if rng.random() < 0.5 else json.dumps(items, indent=rng.choice((None, 2)))
    return _lmd(rng, truth, text, "lmd dicts")


def lmd_flat(rng: random.Random, truth: Truth) -> Answer:
    items = [(name, *numbers) for name, numbers in truth.boxes]
    return _lmd(rng, truth, repr(items), "lmd flat")


def lmd_tuples(rng: random.Random, truth: Truth) -> Answer:
    items = tuple((name, numbers) for name, numbers in truth.boxes)
    return _lmd(rng, truth, repr(list(items) if len(items) < 2 else items), "lmd tuples")


def lmd_bare(rng: random.Random, truth: Truth) -> Answer:
    boxes = tuple((re.sub(r"[,()]", "", name), numbers) for name, numbers in truth.boxes)
    items = [f"({name}, [{', '.join(map(str, numbers))}])" for name, numbers in boxes]
    return _lmd(rng, Truth(boxes, truth.background, truth.negative), f"[{', '.join(items)}]", "lmd bare words")


def lmd_per_line(rng: random.Random, truth: Truth) -> Answer:
    items = [f"('{name}', [{', '.join(map(str, numbers))}])" for name, numbers in truth.boxes]
    return _lmd(rng, truth, "\n" + rng.choice(("\n", ",\n")).join(items), "lmd per line")


def lmd_wide(rng: random.Random, truth: Truth) -> Answer:
    """Full-width punctuation and Chinese labels."""
    items = "，".join(f"（“{name}”，［{'，'.join(map(str, numbers))}］）" for name, numbers in truth.boxes)
    labels = rng.choice(
        (("物体", "背景提示词", "负面提示词"), ("对象", "背景提示", "负面提示"), ("物体", "背景", "反向提示词"))
    )
    text = f"{labels[0]}：［{items}］\n{labels[1]}：{truth.background}\n{labels[2]}：{truth.negative or '无'}"
    return Answer(
        "wide", rng.choice(("", "好的，以下是布局：\n\n")) + text + rng.choice(("", "\n\n希望这对您有帮助！")), truth
    )


def lmd_outside(rng: random.Random, truth: Truth) -> Answer:
    """A box of LMD's format that leaves the canvas a little, as GPT-3.5's do; the others must not move."""
    name, (_, y, width, height) = truth.boxes[0]
    over = rng.randint(1, max(1, width // 3))
    written = ((name, (512 - width + over, y, width, height)), *truth.boxes[1:])
    made = _lmd(rng, truth, repr([(n, list(four)) for n, four in written]), "lmd outside")
    cut = ((name, (512 - width + over, y, width - over, height)), *truth.boxes[1:])
    return _replaced(made, truth=Truth(cut, truth.background, truth.negative))


def json_keys(rng: random.Random, truth: Truth) -> Answer:
    names = rng.choice((("x", "y", "width", "height"), ("x", "y", "w", "h"), ("left", "top", "width", "height")))
    return _json(rng, truth, lambda four: dict(zip(names, four, strict=True)), "json keys")


def json_corners(rng: random.Random, truth: Truth) -> Answer:
    names = rng.choice((("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"), ("left", "top", "right", "bottom"),
                        ("x0", "y0", "x1", "y1"), ("x_min", "y_min", "x_max", "y_max")))  # fmt: skip
    return _json(
        rng, truth, lambda f: dict(zip(names, (f[0], f[1], f[0] + f[2], f[1] + f[3]), strict=True)), "json corners"
    )


def json_points(rng: random.Random, truth: Truth) -> Answer:
    def box(f: Numbers) -> object:
        if rng.random() < 0.5:
            return {"top_left": {"x": f[0], "y": f[1]}, "bottom_right": {"x": f[0] + f[2], "y": f[1] + f[3]}}
        return {"position": [f[0], f[1]], "size": [f[2], f[3]]}

    return _json(rng, truth, box, "json points")


def json_fractions(rng: random.Random, truth: Truth) -> Answer:
    names = ("x", "y", "width", "height")
    made = _json(rng, truth, lambda f: {k: round(n / 512, 3) for k, n in zip(names, f, strict=True)}, "json fractions")
    return _replaced(made, tolerance=2)


def json_percent(rng: random.Random, truth: Truth) -> Answer:
    names = ("x", "y", "width", "height")
    made = _json(rng, truth, lambda f: {k: f"{n / 5.12:.1f}%" for k, n in zip(names, f, strict=True)}, "json percent")
    return _replaced(made, tolerance=2)


def json_unstated(rng: random.Random, truth: Truth) -> Answer:
    corners = rng.random() < 0.5
    style = f"json unstated {'xyxy' if corners else 'xywh'}"
    made = _json(rng, truth, _corners if corners else list, style, is_flat=True)
    return _replaced(made, is_told=False)


def json_stated(rng: random.Random, truth: Truth) -> Answer:
    corners = rng.random() < 0.5
    words = rng.choice(("[x1, y1, x2, y2]", "(left, top, right, bottom)", "[xmin, ymin, xmax, ymax]", "xyxy"))
    if not corners:
        words = rng.choice(("[x, y, width, height]", "(left, top, width, height)", "xywh", "[x, y, w, h]"))
    made = _json(rng, truth, _corners if corners else list, "json stated", is_flat=True)
    return _replaced(made, text=f"All boxes are given as {words} in pixels.\n\n{made.text}")


def json_thousand(rng: random.Random, truth: Truth) -> Answer:
    def corners(f: Numbers) -> list[int]:
        return [round(n / 0.512) for n in (f[1], f[0], f[1] + f[3], f[0] + f[2])]

    items = [{"box_2d": corners(four), "label": name} for name, four in truth.boxes]
    text = f"```json\n{json.dumps(items, indent=1)}\n```"
    return Answer("json box_2d", text, Truth(truth.boxes, "", ""), tolerance=2)


def ideogram(rng: random.Random, truth: Truth) -> Answer:
    elements = [
        {"type": "obj", "bbox": [round(n / 0.512) for n in (y, x, y + h, x + w)], "desc": name}
        for name, (x, y, w, h) in truth.boxes
    ]
    caption = {
        "high_level_description": "a picture",
        "style_description": {"aesthetics": "calm", "color_palette": ["#F5C542", "#87CEEB"]},
        "compositional_deconstruction": {"background": truth.background, "elements": elements},
    }
    text = json.dumps(caption, indent=rng.choice((None, 2)), ensure_ascii=False)
    return Answer("ideogram", text, Truth(truth.boxes, truth.background, ""), tolerance=2)


def table(rng: random.Random, truth: Truth) -> Answer:
    head = "| # | Object | x | y | width | height |\n|---|:---|---|---|---|---|"
    rows = [f"| {i} | {n} | {' | '.join(map(str, f))} |" for i, (n, f) in enumerate(truth.boxes, 1)]
    return _lmd(rng, truth, "\n\n" + "\n".join([head, *rows]) + "\n", "table")


def keyed_lines(rng: random.Random, truth: Truth) -> Answer:
    style = rng.choice((
        "- {n}: x={0}, y={1}, width={2}, height={3}",
        "{i}. **{n}**\n   - x: {0}\n   - y: {1}\n   - width: {2}\n   - height: {3}",
        "{i}. {n}\n   - Position: ({0}, {1})\n   - Size: {2}x{3}",
        "{n} {{ left: {0}px; top: {1}px; width: {2}px; height: {3}px; }}",
        "{i}. {n}: top-left ({0}, {1}), bottom-right ({4}, {5})",
        "- **{n}**\n  - Top-left: ({0}, {1})\n  - Bottom-right: ({4}, {5})",
    ))  # fmt: skip
    lines = [style.format(*f, f[0] + f[2], f[1] + f[3], i=i, n=n) for i, (n, f) in enumerate(truth.boxes, 1)]
    return _lmd(rng, truth, "\n" + "\n".join(lines), "keyed lines")


def yaml(rng: random.Random, truth: Truth) -> Answer:
    line = '  - name: "{}"\n    x: {}\n    y: {}\n    width: {}\n    height: {}'
    line = "  - name: {}\n    box: [{}, {}, {}, {}]" if rng.random() < 0.5 else line
    boxes = "\n".join(line.format(name, *four) for name, four in truth.boxes)
    text = f"objects:\n{boxes}\nbackground_prompt: {truth.background}\nnegative_prompt: {truth.negative or 'none'}"
    return Answer("yaml", text, truth)


def _corners(four: Numbers) -> list[int]:
    return [four[0], four[1], four[0] + four[2], four[1] + four[3]]


def _json(
    rng: random.Random, truth: Truth, box: Callable[[Numbers], object], style: str, *, is_flat: bool = False
) -> Answer:
    key = rng.choice(("name", "phrase", "label", "object", "caption"))
    place = rng.choice(("bbox", "box", "bounding_box", "position", "coordinates"))
    items: list[object] = []
    for name, four in truth.boxes:
        made = box(four)
        is_inline = isinstance(made, dict) and not is_flat and rng.random() < 0.5
        items.append({key: name, **made} if is_inline and isinstance(made, dict) else {key: name, place: made})
    value: dict[str, object] = {rng.choice(("objects", "boxes", "elements", "layout")): items}
    value[rng.choice(("background_prompt", "background", "backgroundPrompt"))] = truth.background
    if truth.negative or rng.random() < 0.6:
        value[rng.choice(("negative_prompt", "negative", "negativePrompt"))] = truth.negative or rng.choice(
            (None, "None", "")
        )
    text = json.dumps(value, indent=rng.choice((None, 2)), ensure_ascii=rng.random() < 0.5)
    text = rng.choice((text, text, f"```json\n{text}\n```", f"Here you go:\n\n```json\n{text}\n```\n\nHave fun!"))
    if rng.random() < 0.15:
        text = text.replace("}]", "},]")
    return Answer(style, text, truth)


def _replaced(
    answer: Answer,
    *,
    text: str | None = None,
    truth: Truth | None = None,
    tolerance: int | None = None,
    is_told: bool = True,
) -> Answer:
    return Answer(
        answer.style,
        answer.text if text is None else text,
        truth or answer.truth,
        answer.tolerance if tolerance is None else tolerance,
        is_told,
    )


STYLES: tuple[Callable[[random.Random, Truth], Answer], ...] = (
    lmd_list, lmd_double_quotes, lmd_apostrophes, lmd_floats, lmd_curly, lmd_numbered, lmd_dicts, lmd_flat, lmd_tuples,
    lmd_bare, lmd_per_line, lmd_wide, lmd_outside, json_keys, json_corners, json_points, json_fractions, json_percent,
    json_unstated, json_stated, json_thousand, ideogram, table, keyed_lines, yaml,
)  # fmt: skip
