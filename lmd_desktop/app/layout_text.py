"""Layouts as text: copied in three formats, and pasted as a turn, with a question where the numbers are ambiguous."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt, Signal

from lmd_desktop.app.session import Session
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.scene import edit_layout

if TYPE_CHECKING:
    from lmd_desktop.domain.readings import Question, Reading, ReadLayout, Refusal
    from lmd_desktop.workers.text_reader import TextReader

TextFormat = Literal["lmd", "json", "ideogram"]
# Texts, compiled when the first text is looked at: compiling them took 3 ms of the start.
_FOUR_NUMBERS = r"[\[(]\s*-?\d+(?:\.\d+)?%?(?:\s*,\s*-?\d+(?:\.\d+)?%?){3}\s*[\])]"
_PROMPT_LABEL = r"(?i)background[ _]prompt|high_level_description|\"(?:bbox|box|objects|boxes)\""
_OWN_LINE = r"(?m)^box \d+ .+\| *\d+ \d+ \d+ \d+"


def layout_as_text(layout: Layout, text_format: TextFormat) -> str:
    """The layout as others write it: LMD's text, JSON, or a caption of Ideogram's box editors."""
    from lmd_desktop.storage.layout_text import write_ideogram, write_json, write_lmd_text

    writers = {"lmd": write_lmd_text, "json": write_json, "ideogram": write_ideogram}
    return writers[text_format](layout)


def looks_like_layout(text: str) -> bool:
    """Whether someone who pastes this into the request probably means a layout: never by a sentence alone."""
    has_label = re.search(_PROMPT_LABEL, text) is not None
    return re.search(_OWN_LINE, text) is not None or (has_label and re.search(_FOUR_NUMBERS, text) is not None)


class LayoutPaster(QObject):
    """Reads one text at a time; ``changed`` follows every step. What was read at last becomes a turn of the dialog.

    ``question`` is what only the person can answer, ``refusal`` why nothing came of a text, ``notes`` what had to be
    changed for the last layout to fit.
    """

    changed = Signal()
    _read = Signal(int, object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._reader: TextReader | None = None
        self._number = 0
        self._reading: Reading | None = None
        self.is_reading = False
        self.notes: tuple[str, ...] = ()
        # The reader's thread is a plain Python thread, which Qt's automatic choice does not always see.
        self._read.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def question(self) -> Question | None:
        from lmd_desktop.domain.readings import Question

        return self._reading if isinstance(self._reading, Question) else None

    @property
    def refusal(self) -> Refusal | None:
        from lmd_desktop.domain.readings import Refusal

        return self._reading if isinstance(self._reading, Refusal) else None

    def paste(self, text: str) -> None:
        """Read a text; the canvas changes when it is read, and only if it is a layout."""
        if not text.strip():
            raise UserError("There is no text on the clipboard.", "Copy a layout first.")
        from lmd_desktop.workers.text_reader import TextReader

        self._reader = self._reader or TextReader(self._read.emit)
        self._reading, self.is_reading, self.notes = None, True, ()
        self._number = self._reader.read(text, self._session.layout.canvas)
        self.changed.emit()

    def choose(self, reading: ReadLayout | Question) -> None:
        """The person's answer to the question."""
        self._go_on(reading)

    def give_up(self) -> None:
        """Forget the text and its question."""
        self._number, self._reading, self.is_reading, self.notes = 0, None, False, ()
        self.changed.emit()

    def _take(self, number: int, reading: Reading) -> None:
        if number == self._number:
            self.is_reading = False
            self._go_on(reading)

    def _go_on(self, reading: Reading) -> None:
        from lmd_desktop.domain.pasting import pasted_layout
        from lmd_desktop.domain.readings import ReadLayout

        self._reading = None if isinstance(reading, ReadLayout) else reading
        if isinstance(reading, ReadLayout):
            scene = self._session.scene
            # A turn of its own, whatever was edited before.
            after = edit_layout(scene, pasted_layout(scene.layout, reading), coalesce=False)
            self._session.commit(self.tr("Paste a layout"), after)
            self._session.finish_edit_turn()
            self.notes = reading.notes
        self.changed.emit()
