"""A layout: captioned boxes on a canvas, a background prompt and a negative prompt."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from lmd_desktop.domain.errors import ExitCode, UserError

MAX_PHRASE_LENGTH = 200
MAX_PROMPT_LENGTH = 5000
MIN_CANVAS, MAX_CANVAS = 64, 4096
MIN_BOX = 8  # scene pixels; smaller boxes cannot be grabbed with a mouse nor seen by a 1/8 latent grid
DEFAULT_CANVAS_SIDE = 512

# Okabe-Ito (colour-blind safe), minus black, plus two more that stay apart from the rest.
BOX_COLOURS: tuple[str, ...] = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#D55E00",
    "#56B4E9",
    "#8C6BB1",
    "#B8A800",
)


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in scene pixels, from the top left."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Box:
    """One thing that the picture must show, and where.

    ``strength`` scales this box's guidance (0 to 2); ``seed`` None means that the renderer derives one from the
    scene's seed and the id. Boxes with the same ``group`` are moved as one; empty: none (``domain/groups.py``).
    """

    id: str
    phrase: str
    rect: Rect
    colour: str
    is_locked: bool = False
    is_hidden: bool = False
    is_enabled: bool = True
    negative: str = ""
    strength: float = 1.0
    seed: int | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the picture must obey; boxes in z order, the last one on top."""

    canvas: Size = Size(DEFAULT_CANVAS_SIDE, DEFAULT_CANVAS_SIDE)
    boxes: tuple[Box, ...] = ()
    background_prompt: str = ""
    negative_prompt: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.boxes or self.background_prompt or self.negative_prompt)

    @property
    def enabled_boxes(self) -> tuple[Box, ...]:
        return tuple(box for box in self.boxes if box.is_enabled)

    def box(self, box_id: str) -> Box:
        """The box with this id; raises UserError if there is none."""
        for box in self.boxes:
            if box.id == box_id:
                return box
        known = ", ".join(box.id for box in self.boxes) or "none"
        raise UserError(f"There is no box “{box_id}”.", f"The boxes are: {known}.", exit_code=ExitCode.USAGE)

    def has_box(self, box_id: str) -> bool:
        return any(box.id == box_id for box in self.boxes)


def clean_line(text: str, limit: int = MAX_PROMPT_LENGTH) -> str:
    """One line without control characters: newlines and tabs become spaces, at most ``limit`` characters."""
    if text.isascii() and text.isprintable() and "  " not in text:
        # Nearly every text, and a long dialog has hundreds of thousands.
        return text.strip()[:limit].rstrip()
    spaced = "".join(" " if char.isspace() else char for char in text)
    visible = "".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cs", "Co", "Cn"))
    return " ".join(visible.split())[:limit].rstrip()


def clean_phrase(text: str) -> str:
    """A phrase as a box may hold it: one line, no ``|``, at most 200 characters."""
    return clean_line(text.replace("|", " "), MAX_PHRASE_LENGTH)


def next_box_id(layout: Layout) -> str:
    """The smallest integer above every id in use, as text; ids are never used twice within a layout."""
    used = [int(box.id) for box in layout.boxes if box.id.isdecimal()]
    return str(max(used, default=0) + 1)


def colour_for(box_id: str) -> str:
    """The stable colour of a box: it depends on its id alone."""
    index = int(box_id) - 1 if box_id.isdecimal() else sum(map(ord, box_id))
    return BOX_COLOURS[index % len(BOX_COLOURS)]


def clamp_rect(rect: Rect, canvas: Size) -> Rect:
    """The nearest rectangle of at least MIN_BOX that lies inside the canvas; size is kept where it fits."""
    width = min(max(rect.width, MIN_BOX), canvas.width)
    height = min(max(rect.height, MIN_BOX), canvas.height)
    x = min(max(rect.x, 0), canvas.width - width)
    y = min(max(rect.y, 0), canvas.height - height)
    return Rect(x, y, width, height)


def check_rect(rect: Rect, canvas: Size) -> None:
    """Raises UserError if the rectangle is too small or not inside the canvas."""
    if rect.width < MIN_BOX or rect.height < MIN_BOX:
        raise UserError(
            f"A box of {rect.width}×{rect.height} pixels is too small.",
            f"Both sides must be at least {MIN_BOX} pixels.",
            exit_code=ExitCode.USAGE,
        )
    if rect.x < 0 or rect.y < 0 or rect.right > canvas.width or rect.bottom > canvas.height:
        raise UserError(
            f"The box at ({rect.x}, {rect.y}) of {rect.width}×{rect.height} pixels leaves the canvas.",
            f"The canvas is {canvas.width}×{canvas.height} pixels; choose a place inside it.",
            exit_code=ExitCode.USAGE,
        )


def check_canvas(canvas: Size) -> None:
    """Raises UserError unless both sides are from 64 to 4096 pixels."""
    if not (MIN_CANVAS <= canvas.width <= MAX_CANVAS and MIN_CANVAS <= canvas.height <= MAX_CANVAS):
        raise UserError(
            f"A canvas of {canvas.width}×{canvas.height} pixels is not possible.",
            f"Both sides must be from {MIN_CANVAS} to {MAX_CANVAS} pixels.",
            exit_code=ExitCode.USAGE,
        )


def repair_layout(layout: Layout) -> tuple[Layout, tuple[str, ...]]:
    """The layout with every phrase cleaned, every box inside the canvas and ids unique; with a sentence per repair."""
    notes: list[str] = []
    boxes: list[Box] = []
    seen: set[str] = set()
    for box in layout.boxes:
        phrase = clean_phrase(box.phrase)
        if not phrase:
            notes.append(f"Box {box.id} had no phrase and was left out.")
            continue
        if box.rect.width <= 0 or box.rect.height <= 0:
            notes.append(f"“{phrase}” had no size and was left out.")
            continue
        rect = clamp_rect(box.rect, layout.canvas)
        if rect != box.rect:
            notes.append(f"“{phrase}” was moved inside the canvas.")
        box_id = box.id
        if not box_id or box_id in seen:
            box_id = next_box_id(replace(layout, boxes=(*layout.boxes, *boxes)))
            notes.append(f"“{phrase}” shared its id with another box and became box {box_id}.")
        seen.add(box_id)
        boxes.append(replace(box, id=box_id, phrase=phrase, rect=rect))
    repaired = replace(
        layout,
        boxes=tuple(boxes),
        background_prompt=clean_line(layout.background_prompt),
        negative_prompt=clean_line(layout.negative_prompt),
    )
    return repaired, tuple(notes)


def scale_layout(layout: Layout, canvas: Size) -> Layout:
    """The same layout on a canvas of another size: every edge is scaled, so that touching boxes still touch."""
    across, down = canvas.width / layout.canvas.width, canvas.height / layout.canvas.height

    def scaled(rect: Rect) -> Rect:
        left, top = round(rect.x * across), round(rect.y * down)
        right, bottom = round(rect.right * across), round(rect.bottom * down)
        return clamp_rect(Rect(left, top, right - left, bottom - top), canvas)

    boxes = tuple(replace(box, rect=scaled(box.rect)) for box in layout.boxes)
    return replace(layout, canvas=canvas, boxes=boxes)
