"""The field for a request: Enter sends, Shift+Enter starts a new line, Alt+Up brings earlier requests back.

These keys are those of actions, so that the sheet of keys lists and changes them.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QKeyCombination, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from lmd_desktop.app.layout_text import looks_like_layout

VISIBLE_LINES = 3


class Composer(QPlainTextEdit):
    """Plain text only; ``submitted`` is emitted on Enter and leaves the text where it is.

    A pasted layout is no request: it is not inserted, ``layout_pasted`` carries it. ``left`` is emitted on Esc.
    """

    submitted = Signal()
    layout_pasted = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history: tuple[str, ...] = ()
        self._place = 0
        self._draft = ""
        self.setObjectName("composer")
        self.setAccessibleName(self.tr("Request"))
        self.setTabChangesFocus(True)
        self.setPlaceholderText(self.tr("Say what the picture should show, or what to change."))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._commands = (
            self._command("send_typed", self.tr("Send the request"), ("Return", "Enter"), self.submitted.emit),
            self._command("new_line", self.tr("New line in the request"), ("Shift+Return", "Shift+Enter"), self._break),
            self._command("earlier_request", self.tr("Earlier request"), ("Alt+Up",), lambda: self._recall(-1)),
            self._command("later_request", self.tr("Later request"), ("Alt+Down",), lambda: self._recall(1)),
        )

    def set_history(self, texts: tuple[str, ...]) -> None:
        """Earlier requests, oldest first."""
        self._history = texts
        self._place = len(texts)

    def show_draft(self, text: str) -> None:
        """Put a text there to be changed, with the cursor at its end."""
        self.setPlainText(text)
        self.moveCursor(self.textCursor().MoveOperation.End)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def sizeHint(self) -> QSize:
        height = self.fontMetrics().lineSpacing() * VISIBLE_LINES + 2 * (self.frameWidth() + 6)
        return QSize(super().sizeHint().width(), height)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        pressed = QKeySequence(QKeyCombination(held, Qt.Key(event.key())))
        # A text field keeps plain keys from the actions, so they are looked up here.
        command = next((action for action in self._commands if pressed in action.shortcuts()), None)
        if command is not None:
            command.trigger()
        elif is_enter:
            # Ctrl+Enter renders, everywhere.
            event.ignore()
        elif event.key() == Qt.Key.Key_Escape and held == Qt.KeyboardModifier.NoModifier:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802
        # A dropped file is for the window, not its path for the text.
        return source.hasText() and not source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802
        if looks_like_layout(source.text()):
            self.layout_pasted.emit(source.text())
        else:
            super().insertFromMimeData(source)

    def _command(self, name: str, text: str, keys: tuple[str, ...], slot: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda _checked=False: slot())
        self.addAction(action)
        return action

    def _break(self) -> None:
        self.insertPlainText("\n")

    def _recall(self, step: int) -> None:
        if self._place == len(self._history):
            self._draft = self.toPlainText()
        self._place = min(max(self._place + step, 0), len(self._history))
        at_end = self._place == len(self._history)
        self.setPlainText(self._draft if at_end else self._history[self._place])
        self.moveCursor(self.textCursor().MoveOperation.End)
