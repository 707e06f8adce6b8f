"""Shows what a picture from outside says of itself, and asks what to take from it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from lmd_desktop.app.dropped_picture import DroppedPicture
from lmd_desktop.ui.theme import SMALL_SPACING, SPACING, heading

WIDTH = 560
MOST_VALUE_LENGTH = 80
SHOWN = ("Steps", "Sampler", "CFG scale", "Seed", "Size", "Model")


class DroppedPictureDialog(QDialog):
    """``scene_asked``: open its scene; ``prompt_asked`` and ``settings_asked``: take them into the open scene."""

    scene_asked = Signal(object)
    prompt_asked = Signal(object)
    settings_asked = Signal(object)

    def __init__(self, picture: DroppedPicture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dropped_picture")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(picture.path.name)
        self.setMinimumWidth(WIDTH)
        self._picture = picture
        maker = self.tr("Made by {0}").format(picture.program or self.tr("another program"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACING, 2 * SPACING, 2 * SPACING, SPACING)
        layout.setSpacing(SMALL_SPACING)
        layout.addWidget(heading(maker))
        for title, text, lines in (
            (self.tr("Prompt"), picture.prompt, 5),
            (self.tr("Negative prompt"), picture.negative_prompt, 2),
        ):
            if text:
                layout.addSpacing(SMALL_SPACING)
                layout.addWidget(QLabel(title, self))
                layout.addWidget(self._text(title, text, lines=lines))
        values = dict(picture.values)
        form = QFormLayout()
        form.setContentsMargins(0, SPACING, 0, 0)
        for name in SHOWN:
            if values.get(name):
                label = QLabel(values[name][:MOST_VALUE_LENGTH], self)
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                form.addRow(name, label)
        layout.addLayout(form)
        layout.addSpacing(SPACING)
        layout.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        picture = self._picture
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        buttons.rejected.connect(self.reject)
        choices = [
            ("use_prompt", self.tr("Use prompt"), self.prompt_asked, bool(picture.prompt)),
            ("use_settings", self.tr("Use settings"), self.settings_asked, bool(picture.values)),
            ("restore_scene", self.tr("Restore scene"), self.scene_asked, picture.has_scene),
        ]
        for name, text, signal, is_possible in choices:
            if not is_possible:
                continue
            button = buttons.addButton(text, QDialogButtonBox.ButtonRole.AcceptRole)
            button.setObjectName(name)
            button.clicked.connect(lambda _checked=False, signal=signal: self._answer(signal))
            button.setDefault(name in ("restore_scene", "use_prompt"))
        copy = buttons.addButton(self.tr("Copy prompt"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setObjectName("copy_prompt")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(picture.prompt))
        return buttons

    def _answer(self, signal: SignalInstance) -> None:
        self.accept()
        signal.emit(self._picture)

    def _text(self, title: str, text: str, *, lines: int) -> QPlainTextEdit:
        field = QPlainTextEdit(text, self)
        field.setReadOnly(True)
        field.setTabChangesFocus(True)
        field.setAccessibleName(title)
        field.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 2 * SPACING)
        return field
