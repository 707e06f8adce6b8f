"""Which boxes of the canvas carry a warning sign, and what hovering says about it."""

from __future__ import annotations

from dataclasses import replace

from lmd_desktop.app.lint_watch import LintWatch
from lmd_desktop.domain.layout import Box, Rect
from lmd_desktop.ui.lint_words import sentences

MARKED_LIVE = 8  # boxes of a drag up to which each is judged while it moves


class Marks:
    """Follows a LintWatch once it has one."""

    lint: LintWatch | None = None

    def marked(self, live: dict[str, Rect]) -> frozenset[str]:
        """Ids of what is found fault with; of a few dragged boxes, where they are now."""
        if self.lint is None or not 0 < len(live) <= MARKED_LIVE:
            return self.lint.marked if self.lint is not None else frozenset()
        layout = self.lint.layout
        moved = [replace(layout.box(box_id), rect=rect) for box_id, rect in live.items() if layout.has_box(box_id)]
        return (self.lint.marked - live.keys()) | {box.id for box in moved if self.lint.is_bad(layout, box)}

    def tip(self, box: Box | None) -> str:
        """The sentences about a box, one a line."""
        return "\n".join(sentences(self.lint, (box.id,))) if self.lint is not None and box is not None else ""
