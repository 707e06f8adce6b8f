"""From the lines of an answer to a layout that can be drawn and painted; every repair is told in a note."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from lmd_desktop.domain.layout import Box, Layout, Rect, clamp_rect, colour_for, next_box_id
from lmd_desktop.planning.lines import GRID, MAX_BOXES, BoxLine, Sent, TextLine, parse_line, to_scene_rect

FALLBACK_BACKGROUND = "a realistic scene"


class Answer:
    """Takes one answer line by line, and knows the layout that it makes of what was sent."""

    def __init__(self, sent: Sent) -> None:
        self._sent = sent
        self._known: dict[str, Box] = {}
        self._new: list[Box] = []
        self._notes: list[str] = []
        self._background: str | None = None
        self._negative: str | None = None

    @property
    def box_count(self) -> int:
        return len(self._known) + len(self._new)

    @property
    def is_empty(self) -> bool:
        """Whether no line could be read."""
        return not self._known and not self._new and self._background is None and self._negative is None

    def add(self, text: str) -> Box | None:
        """Read one line; the box it states, in scene pixels, unless it states none or one that must be left out."""
        line = parse_line(text)
        match line:
            case None:
                if text.strip():
                    self._notes.append(f"The line “{text.strip()[:80]}” could not be read.")
                return None
            case TextLine(is_negative=True):
                self._negative = line.text
                return None
            case TextLine():
                self._background = line.text
                return None
            case BoxLine():
                return self._add_box(line)

    def layout(self, *, is_whole: bool) -> tuple[Layout, tuple[str, ...]]:
        """The layout after the answer. If it broke off, boxes that it did not come to stay as they were."""
        before = self._sent.layout
        notes = list(self._notes)
        if not is_whole:
            notes.append("The answer broke off; boxes that it did not come to stayed as they were.")
        unsent = before.boxes[len(self._sent.boxes) :]
        if unsent:
            notes.append(f"The planner saw {MAX_BOXES} of {len(before.boxes)} boxes; the others stayed as they were.")
        kept = {box.id for box in before.boxes if box.is_locked or box in unsent or not is_whole}
        old = tuple(self._known.get(box.id, box) for box in before.boxes if box.id in self._known or box.id in kept)
        layout = replace(
            before,
            boxes=(*old, *self._new),
            background_prompt=self._background_prompt(notes),
            negative_prompt=self._text(self._negative, self._sent.negative, before.negative_prompt),
        )
        counted = Counter(notes).items()
        return layout, tuple(note if count == 1 else f"{note} ({count} times)" for note, count in counted)

    def _add_box(self, line: BoxLine) -> Box | None:
        rect = self._inside(line)
        pair = self._sent.box_for(line.id)
        if pair is not None and pair[1].id not in self._known:
            box = self._known_box(line, rect, *pair)
            self._known[box.id] = box
            return box
        return self._new_box(line, rect)

    def _known_box(self, line: BoxLine, rect: Rect, sent_line: BoxLine, box: Box) -> Box:
        if box.is_locked:
            return box
        phrase = box.phrase if line.phrase == sent_line.phrase else line.phrase
        if self._is_everything(rect) and rect != sent_line.rect:
            self._notes.append(f"“{phrase}” would have covered the whole canvas and stayed where it was.")
            return replace(box, phrase=phrase)
        if rect == sent_line.rect:
            return replace(box, phrase=phrase)
        exact = to_scene_rect(rect, self._sent, sent_line, box)
        return replace(box, phrase=phrase, rect=clamp_rect(exact, self._sent.layout.canvas))

    def _new_box(self, line: BoxLine, rect: Rect) -> Box | None:
        name = f"“{line.phrase}”"
        if self._is_everything(rect):
            self._notes.append(f"{name} covered the whole canvas and was left out.")
            return None
        if line.rect.width < GRID or line.rect.height < GRID:
            self._notes.append(f"{name} was too small and was left out.")
            return None
        if self.box_count >= MAX_BOXES:
            self._notes.append(f"{name} was left out: the planner makes at most {MAX_BOXES} boxes.")
            return None
        scene_rect = clamp_rect(to_scene_rect(rect, self._sent), self._sent.layout.canvas)
        others = [*self._known.values(), *self._new]
        if any(box.rect == scene_rect and box.phrase.casefold() == line.phrase.casefold() for box in others):
            self._notes.append(f"{name} was there twice in the same place; one was left out.")
            return None
        box_id = self._free_id(line.id)
        box = Box(id=box_id, phrase=line.phrase, rect=scene_rect, colour=colour_for(box_id))
        self._new.append(box)
        return box

    def _inside(self, line: BoxLine) -> Rect:
        """The nearest rectangle inside the canvas, in planner space; the grammar gives no other."""
        canvas = self._sent.canvas
        rect = clamp_rect(line.rect, canvas)
        if rect != line.rect and min(line.rect.width, line.rect.height) >= GRID:
            self._notes.append(f"“{line.phrase}” was moved inside the canvas.")
        return rect

    def _is_everything(self, rect: Rect) -> bool:
        return rect.width >= self._sent.canvas.width and rect.height >= self._sent.canvas.height

    def _free_id(self, wanted: str) -> str:
        """The model's own number unless a box has it: then the next one above all."""
        before = self._sent.layout
        everything = replace(before, boxes=(*before.boxes, *self._new))
        return next_box_id(everything) if everything.has_box(wanted) else wanted

    def _background_prompt(self, notes: list[str]) -> str:
        before = self._sent.layout.background_prompt
        text = self._text(self._background, self._sent.background, before)
        if text:
            return text
        notes.append("The answer named no background.")
        return before or FALLBACK_BACKGROUND

    @staticmethod
    def _text(answered: str | None, sent: str, exact: str) -> str:
        return exact if answered is None or answered == sent else answered
