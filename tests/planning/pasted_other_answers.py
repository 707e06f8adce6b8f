"""Answers in other formats than LMD's, and in mixtures with it, each with the layout that is meant.

The canvas is 512×512. ``OPEN`` are texts that can be read in several ways, with the keys that are offered.
"""

# ruff: noqa: E501 - a text stands on one line

from __future__ import annotations

from tests.planning.pasted_lmd_answers import BACK, BOTH, CAT, DOG, END, LIST, Pasted

WORDS = '"background_prompt": "A realistic scene", "negative_prompt": ""}'

JSON = (
    Pasted('{"Objects": [["a cat", [50, 200, 120, 150]], ["a dog", [300, 220, 160, 140]]], '
           '"Background prompt": "A realistic scene", "Negative prompt": "people"}', BOTH, negative="people"),
    Pasted('{"objects": [{"name": "a cat", "x": 50, "y": 200, "width": 120, "height": 150}], ' + WORDS, (CAT,)),
    Pasted("```json\n{\n  \"objects\": [\n    {\"name\": \"a cat\", \"x\": 50, \"y\": 200, \"width\": 120, \"height\": 150},\n"
           "    {\"name\": \"a dog\", \"x\": 300, \"y\": 220, \"width\": 160, \"height\": 140},\n  ],\n"
           "  \"background_prompt\": \"A realistic scene\",\n  \"negative_prompt\": null,\n}\n```", BOTH),
    Pasted('[{"caption": "a cat", "bbox": {"x": 50, "y": 200, "w": 120, "h": 150}}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "box": {"x1": 50, "y1": 200, "x2": 170, "y2": 350}}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "left": 50, "top": 200, "right": 170, "bottom": 350}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "xmin": 50, "ymin": 200, "xmax": 170, "ymax": 350}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "x_min": 50, "y_min": 200, "x_max": 170, "y_max": 350}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "x0": 50, "y0": 200, "x1": 170, "y1": 350}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "ymin": 200, "xmin": 50, "ymax": 350, "xmax": 170}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "height": 150, "width": 120, "y": 200, "x": 50}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "cx": 110, "cy": 275, "w": 120, "h": 150}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "center": [110, 275], "size": [120, 150]}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "center_x": 110, "center_y": 275, "width": 120, "height": 150}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "position": {"x": 50, "y": 200}, "size": {"width": 120, "height": 150}}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "position": [50, 200], "width": 120, "height": 150}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "top_left": [50, 200], "bottom_right": [170, 350]}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "points": [[50, 200], [170, 200], [170, 350], [50, 350]]}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "xywh": [50, 200, 120, 150]}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "xyxy": [50, 200, 170, 350]}]', (CAT,), ""),
    Pasted('[{"label": "a cat", "bbox_xyxy": [50, 200, 170, 350]}]', (CAT,), ""),
    Pasted('{"format": "xyxy", "objects": [{"name": "a cat", "bbox": [50, 200, 170, 350]}]}', (CAT,), ""),
    Pasted('{"bbox_format": "[x1, y1, x2, y2]", "objects": [{"name": "a cat", "bbox": [50, 200, 170, 350]}]}', (CAT,), ""),
    Pasted('{"format": "coco", "annotations": [{"category": "a cat", "bbox": [50, 200, 120, 150]}]}', (CAT,), ""),
    Pasted('Coordinates are [x, y, width, height].\n[{"name": "a cat", "bbox": [50, 100, 120, 150]}]',
           (("a cat", 50, 100, 120, 150),), ""),
    Pasted('Each box is given as [x_min, y_min, x_max, y_max].\n{"a cat": [50, 200, 170, 350]}', (CAT,), ""),
    Pasted('{"a cat": [50, 200, 120, 150], "a dog": [300, 220, 160, 140], "background": "A realistic scene"}', BOTH),
    Pasted('{"a cat": {"x": 50, "y": 200, "width": 120, "height": 150}, "a dog": {"x": 300, "y": 220, "width": 160, '
           '"height": 140}}', BOTH, ""),
    Pasted('{"objects": {"a cat": [50, 200, 120, 150], "a dog": [300, 220, 160, 140]}, ' + WORDS, BOTH),
    Pasted('{"objects": {"1": {"name": "a cat", "x": 50, "y": 200, "w": 120, "h": 150}}, ' + WORDS, (CAT,)),
    Pasted('{"layout": {"objects": [{"name": "a cat", "x": 50, "y": 200, "w": 120, "h": 150}], ' + WORDS + "}", (CAT,)),
    Pasted("{'objects': [{'name': \"a man's hat\", 'x': 50, 'y': 200, 'w': 120, 'h': 150}]}",
           (("a man's hat", *CAT[1:]),), ""),
    Pasted("{name: 'a cat', x: 50, y: 200, width: 120, height: 150}", (CAT,), ""),
    Pasted('[{"name": "a cat", "x": "50", "y": "200", "width": "120", "height": "150"}]', (CAT,), ""),
    Pasted('[{"name": "a cat", "x": "50px", "y": "200px", "width": "120px", "height": "150px"}]', (CAT,), ""),
    Pasted('[{"name": "a cat", "bbox": "50, 200, 120, 150"}]', (CAT,), ""),
    Pasted('{"canvas": {"width": 1024, "height": 1024}, "objects": [{"name": "a cat", "x": 100, "y": 400, "width": 240, '
           '"height": 300}]}', (CAT,), ""),
    Pasted('{"canvas_size": "1024x1024", "objects": [{"name": "a cat", "x": 100, "y": 400, "width": 240, "height": 300}]}',
           (CAT,), ""),
    Pasted('{"width": 256, "height": 256, "boxes": [{"label": "a cat", "x": 25, "y": 100, "w": 60, "h": 75}]}', (CAT,), ""),
    Pasted('{"objects": [{"name": "a cat", "x": 50, "y": 200, "width": 120, "height": 150', (CAT,), ""),
    Pasted('Here is the JSON:\n\n{"objects": [{"name": "a cat", "x": 50, "y": 200, "width": 120, "height": 150}]}\n\n'
           "You can adjust the numbers as you like.", (CAT,), ""),
    Pasted('{"prompt": "a cat", "objects": [{"name": "a cat", "x": 50, "y": 200, "width": 120, "height": 150}], '
           '"negative": ["people", "cars"]}', (CAT,), "", "people, cars"),
    Pasted('{"boxes": [{"phrase": "a cat", "box": [50, 200, 120, 150], "format": "xywh"}]}', (CAT,), ""),
    Pasted('{"regions": [{"bbox": {"left": 50, "top": 200, "width": 120, "height": 150}, "description": "a cat"}]}',
           (CAT,), ""),
    Pasted('[["a cat", 50, 200, 120, 150], ["a dog", 300, 220, 160, 140]]' + END, BOTH),
)  # fmt: skip

SCALES = (
    Pasted('[{"name": "a cat", "x": 0.1, "y": 0.4, "width": 0.2, "height": 0.3}]', (("a cat", 51, 205, 103, 153),), ""),
    Pasted("[('a cat', [0.1, 0.4, 0.2, 0.3])]" + END, (("a cat", 51, 205, 103, 153),)),
    Pasted("a cat: x=10%, y=40%, width=20%, height=30%", (("a cat", 51, 205, 103, 153),), ""),
    Pasted("[('a cat', [10%, 40%, 20%, 30%])]" + END, (("a cat", 51, 205, 103, 153),)),
    Pasted('[{"name": "a cat", "x": "10%", "y": "40%", "width": "20%", "height": "30%"}]',
           (("a cat", 51, 205, 103, 153),), ""),
    Pasted("All values are percentages of the canvas (0-100).\n"
           '[{"name": "a cat", "x": 10, "y": 40, "width": 20, "height": 30}]', (("a cat", 51, 205, 103, 153),), ""),
    Pasted("Coordinates are normalized to 1000.\n"
           '[{"name": "a cat", "x": 100, "y": 400, "width": 200, "height": 300}]', (("a cat", 51, 205, 103, 153),), ""),
    Pasted("On a 0-1000 grid: [{'name': 'a cat', 'x': 100, 'y': 400, 'width': 200, 'height': 300}]",
           (("a cat", 51, 205, 103, 153),), ""),
    Pasted("For a canvas of 1024x1024 pixels:\n- a cat: x=100, y=400, width=240, height=300", (CAT,), ""),
    Pasted("图像尺寸 1024×1024\n一只猫：x=100，y=400，宽=240，高=300", (("一只猫", *CAT[1:]),), ""),
    Pasted('[{"box_2d": [400, 100, 700, 300], "label": "a cat"}]', (("a cat", 51, 205, 103, 153),), ""),
    Pasted('```json\n[\n  {"bbox_2d": [50, 200, 170, 350], "label": "a cat"}\n]\n```', (CAT,), ""),
    Pasted('{"high_level_description": "a cat in a room", "compositional_deconstruction": {"background": "a room", '
           '"elements": [{"type": "obj", "bbox": [400, 100, 700, 300], "desc": "a cat"}]}}',
           (("a cat", 51, 205, 103, 153),), "a room"),
    Pasted('{"compositional_deconstruction": {"background": "a room", "elements": [{"type": "text", "bbox": '
           '[0, 0, 100, 500], "text": "HELLO", "desc": "red letters"}]}}',
           (("the words “HELLO”", 0, 0, 256, 51),), "a room"),
    Pasted('{"a cat": [0.5, 0.25, 0.75, 0.9], "format": "x1, y1, x2, y2"}', (("a cat", 256, 128, 128, 333),), ""),
    Pasted("<cat>: [0.50, 0.50, 0.25, 0.25]" + END, (("cat", 256, 256, 128, 128),)),
)  # fmt: skip

MIXTURES = (
    Pasted("canvas 512 512\nbox 1 a cat | 50 200 120 150\nbox 2 a dog | 300 220 160 140 *\nbg A realistic scene\nneg people",
           BOTH, negative="people"),
    Pasted("box 1 a cat | 48 200 120 152\nbg A realistic scene\nneg ", (("a cat", 48, 200, 120, 152),)),
    Pasted("objects:\n  - name: a cat\n    x: 50\n    y: 200\n    width: 120\n    height: 150\n"
           "background_prompt: A realistic scene\nnegative_prompt: ''", (CAT,)),
    Pasted("objects:\n  - {name: a cat, bbox: [50, 200, 120, 150]}\nbackground: A realistic scene", (CAT,)),
    Pasted("<object name=\"a cat\" x=\"50\" y=\"200\" width=\"120\" height=\"150\"/>", (CAT,), ""),
    Pasted("<rect x=\"50\" y=\"200\" width=\"120\" height=\"150\" id=\"a cat\"/>", (CAT,), ""),
    Pasted("a cat {width: 120px; height: 150px; left: 50px; top: 200px; }\n"
           "a dog {width: 160px; height: 140px; left: 300px; top: 220px; }", BOTH, ""),
    Pasted("name,x,y,width,height\na cat,50,200,120,150\na dog,300,220,160,140", BOTH, ""),
    Pasted("a cat\t50\t200\t120\t150\na dog\t300\t220\t160\t140" + END, BOTH),
    Pasted("a cat, 50, 200, 120, 150\na dog, 300, 220, 160, 140" + END, BOTH),
    Pasted("**Object 1: a cat**\n- x: 50\n- y: 200\n- width: 120\n- height: 150\n\n**Object 2: a dog**\n- x: 300\n- y: 220\n"
           "- width: 160\n- height: 140\n\n**Background prompt:** A realistic scene\n\n**Negative prompt:** none", BOTH),
    Pasted("1. **a cat**\n   - **Position:** (50, 200)\n   - **Size:** 120 × 150 pixels\n\n2. **a dog**\n"
           "   - **Position:** (300, 220)\n   - **Size:** 160 × 140 pixels\n\n**Background prompt:** A realistic scene", BOTH),
    Pasted("1. a cat - Top-left corner: (50, 200), Width: 120, Height: 150\n"
           "2. a dog - Top-left corner: (300, 220), Width: 160, Height: 140" + END, BOTH),
    Pasted("- a cat: from (50, 200) to (170, 350)\n- a dog: from (300, 220) to (460, 360)" + END, BOTH),
    Pasted("- a cat: top-left (50, 200), bottom-right (170, 350)" + END, (CAT,)),
    Pasted("一只猫：[50，200，120，150]\n一只狗：[300，220，160，140]\n背景：客厅\n负面提示：无",
           (("一只猫", *CAT[1:]), ("一只狗", *DOG[1:])), "客厅"),
    Pasted('{"物体": [{"名称": "一只猫", "坐标": [50, 200, 120, 150]}], "背景提示词": "客厅", "负面提示词": "无"}',
           (("一只猫", *CAT[1:]),), "客厅"),
    Pasted("| 物体 | x | y | 宽 | 高 |\n|---|---|---|---|---|\n| 一只猫 | 50 | 200 | 120 | 150 |\n\n背景：客厅",
           (("一只猫", *CAT[1:]),), "客厅"),
    Pasted(f"<p>Objects: {LIST}</p><p>Background prompt: A realistic scene</p><p>Negative prompt: None</p>", BOTH),
    Pasted(f"Objects: {LIST}<br>Background prompt: A realistic scene<br/>Negative prompt: None", BOTH),
    Pasted(f"<li>Objects: {LIST.replace(chr(39), '&#x27;')}</li>\n<li>Background prompt: A realistic scene</li>", BOTH),
    Pasted('"Objects: [(\'a cat\', [50, 200, 120, 150])]\\nBackground prompt: A realistic scene\\nNegative prompt: "', (CAT,)),
    Pasted('{"A photo of a cat": ["[(\'a cat\', [50, 200, 120, 150])]\\nBackground prompt: A realistic scene\\n'
           'Negative prompt: None"]}', (CAT,)),
    Pasted(f"# Layout\nobjects = {LIST}\n\nbg_prompt = 'A realistic scene'\nneg_prompt = 'people'", BOTH, negative="people"),
    Pasted(f"gen_boxes = {LIST}\nbg_prompt = 'A realistic scene'", BOTH),
    Pasted(f"You said:\nCaption: a cat and a dog\n\nChatGPT said:\nObjects: {LIST}\n\nBackground prompt: A realistic scene\n\n"
           "Negative prompt: None\n\nIs this conversation helpful so far?", BOTH),
    Pasted(f"Objects: {LIST}\r\nBackground prompt: A realistic scene\r\nNegative prompt: None\r\n", BOTH),
    Pasted(f"\ufeffObjects:\u00a0{LIST}\u2028Background prompt:\u00a0A realistic scene", BOTH),
)  # fmt: skip

# Text, keys that are offered.
OPEN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ('{"objects": [{"name": "a cat", "bbox": [100, 100, 200, 250]}]}', ("xywh", "xyxy")),
    ("a cat: [100, 100, 200, 250]\na dog: [220, 100, 280, 240]", ("xywh", "xyxy")),
    ("cat (100, 100, 200, 250)", ("xywh", "xyxy")),
    ('[{"label": "a cat", "rect": [0.1, 0.1, 0.4, 0.5]}]', ("xywh", "xyxy")),
    ('Boxes are [x, y, width, height], sorry, [x1, y1, x2, y2].\n{"a cat": [100, 100, 200, 250]}', ("xywh", "xyxy")),
    (f"Caption: one\nObjects: {LIST}{END}None\n\nCaption: two\nObjects: [('a dog', [10, 20, 30, 40])]{END}None", ("1", "2")),
    (f"Option 1:\nObjects: {LIST}{BACK}\n\nOption 2:\nObjects: [('a dog', [10, 20, 30, 40])]{BACK}", ("1", "2")),
    (f"{LIST}{END}None\n\nAlternatively:\n\nObjects: [('a dog', [10, 20, 30, 40])]{END}None", ("1", "2")),
    (f"Draft:\nObjects: [('a cat', [10, 20, 30, 40])]\n\nBetter:\nObjects: {LIST}{END}", ("1", "2")),
    ("Objects: [('a cat', [100, 100, 300, 300]), ('a dog', [320, 100, 500, 300])]" + END, ("xywh", "xyxy")),
    ('[{"name": "a cat", "x": 10, "y": 40, "width": 20, "height": 30}]', ("percent", "pixels")),
)  # fmt: skip

REFUSED = (
    "I'm sorry, I can't help with that.",
    "A cat sits on the left at position 50 and a dog on the right.",
    "Objects: a cat and a dog",
    "Objects: a cat and a dog\nBackground prompt: A realistic scene",
    "The year 2023 had 365 days, 12 months and 52 weeks.",
)

OTHER_ANSWERS = (*JSON, *SCALES, *MIXTURES)
