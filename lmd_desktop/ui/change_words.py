"""Says in the person's language what differs between two layouts, and which of it the planner is told."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject

from lmd_desktop.domain.layout import Box, Layout, Size
from lmd_desktop.domain.proposals import BACKGROUND, Change, changes_between, has_new_order
from lmd_desktop.ui.card_parts import isolated


@dataclass(frozen=True, slots=True)
class Sentence:
    """``is_told`` False: it is about the picture or the canvas alone, and the planner does not hear of it."""

    text: str
    is_told: bool = True


class ChangeWords(QObject):
    """Holds nothing; a QObject for its translations."""

    def between(self, before: Layout, after: Layout) -> list[Sentence]:
        """Everything that changed, a sentence each."""
        is_rescaled = before.canvas != after.canvas
        sentences: list[Sentence] = []
        if is_rescaled:
            sentences.append(Sentence(self.tr("canvas {0}×{1}").format(after.canvas.width, after.canvas.height)))
        for change in changes_between(before, after):
            sentences += self.of_change(change, before.canvas, is_rescaled=is_rescaled)
        if has_new_order(before, after):
            sentences.append(Sentence(self.tr("changed the stacking order")))
        return sentences

    def line(self, change: Change, canvas: Size) -> str:
        """One change in one line."""
        return "; ".join(sentence.text for sentence in self.of_change(change, canvas))

    def of_change(self, change: Change, canvas: Size, *, is_rescaled: bool = False) -> list[Sentence]:
        match change:
            case Change(before=None, after=Box() as box):
                return [Sentence(self.tr("added “{0}”").format(isolated(box.phrase)))]
            case Change(before=Box() as box, after=None):
                return [Sentence(self.tr("removed “{0}”").format(isolated(box.phrase)))]
            case Change(before=Box() as old, after=Box() as new):
                return self._of_box(old, new, canvas, is_rescaled=is_rescaled)
            case Change(key=key, after=after):
                if not after:
                    background = self.tr("the background prompt is empty now")
                    return [Sentence(background if key == BACKGROUND else self.tr("nothing is excluded any more"))]
                text = isolated(str(after))
                name = self.tr("background is now “{0}”") if key == BACKGROUND else self.tr("without: “{0}”")
                return [Sentence(name.format(text))]

    def _of_box(self, old: Box, new: Box, canvas: Size, *, is_rescaled: bool) -> list[Sentence]:
        name = isolated(new.phrase)
        sentences: list[Sentence] = []
        if old.phrase != new.phrase:
            sentences.append(Sentence(self.tr("renamed “{0}” to “{1}”").format(isolated(old.phrase), name)))
        if not is_rescaled and old.rect != new.rect:
            size = (new.rect.width, new.rect.height)
            if (old.rect.width, old.rect.height) != size:
                sentences.append(Sentence(self.tr("resized “{0}” to {1}×{2}").format(name, *size)))
            else:
                sentences.append(Sentence(self.tr("moved “{0}” {1}").format(name, self._way(old, new, canvas))))
        if old.is_locked != new.is_locked:
            text = self.tr("locked “{0}”") if new.is_locked else self.tr("unlocked “{0}”")
            sentences.append(Sentence(text.format(name)))
        if old.is_enabled != new.is_enabled:
            text = self.tr("enabled “{0}”") if new.is_enabled else self.tr("disabled “{0}”")
            sentences.append(Sentence(text.format(name), is_told=False))
        if old.is_hidden != new.is_hidden:
            text = self.tr("hid “{0}”") if new.is_hidden else self.tr("showed “{0}”")
            sentences.append(Sentence(text.format(name), is_told=False))
        if old.group != new.group:
            text = self.tr("grouped “{0}”") if new.group else self.tr("ungrouped “{0}”")
            sentences.append(Sentence(text.format(name), is_told=False))
        if (old.negative, old.strength, old.seed, old.colour) != (new.negative, new.strength, new.seed, new.colour):
            sentences.append(Sentence(self.tr("changed the settings of “{0}”").format(name), is_told=False))
        return sentences

    def _way(self, old: Box, new: Box, canvas: Size) -> str:
        across = (new.rect.x - old.rect.x) / canvas.width
        down = (new.rect.y - old.rect.y) / canvas.height
        parts: list[str] = []
        if across:
            parts.append((self.tr("right {0} %") if across > 0 else self.tr("left {0} %")).format(_percent(across)))
        if down:
            parts.append((self.tr("down {0} %") if down > 0 else self.tr("up {0} %")).format(_percent(down)))
        return self.tr(" and ").join(parts)


def _percent(share: float) -> int:
    return max(1, round(abs(share) * 100))
