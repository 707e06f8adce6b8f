"""Two turns of the dialog side by side: their boxes, and in words what differs."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QGridLayout, QLabel, QWidget

from lmd_desktop.domain.scene import CanvasEdit, Plan, Request, Scene, Turn
from lmd_desktop.ui.change_words import ChangeWords
from lmd_desktop.ui.layout_picture import drawing_icon
from lmd_desktop.ui.table_words import told_summary

SIDE = 240
MOST_LETTERS = 60


class TurnComparison(QDialog):
    """``first`` and ``second`` are ids of turns to begin with; any turn of any branch can be chosen for either."""

    def __init__(self, scene: Scene, first: str, second: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = scene
        self.setObjectName("turn_comparison")
        self.setWindowTitle(self.tr("Compare Turns"))
        self.words = QLabel(self)
        self.words.setObjectName("turn_difference")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.choices = (self._choice(self.tr("First turn"), first), self._choice(self.tr("Second turn"), second))
        self._pictures = (QLabel(self), QLabel(self))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        grid = QGridLayout(self)
        for column, (choice, picture) in enumerate(zip(self.choices, self._pictures, strict=True)):
            picture.setFixedSize(SIDE, SIDE)
            grid.addWidget(choice, 0, column)
            grid.addWidget(picture, 1, column, Qt.AlignmentFlag.AlignHCenter)
        grid.addWidget(self.words, 2, 0, 1, 2)
        grid.addWidget(buttons, 3, 0, 1, 2)
        self._show()

    def _choice(self, name: str, chosen: str) -> QComboBox:
        choice = QComboBox(self)
        choice.setAccessibleName(name)
        choice.setMinimumContentsLength(24)
        choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for turn in self._scene.dialog.turns:
            choice.addItem(f"{turn.id} · {self._title(turn)}", turn.id)
        choice.setCurrentIndex(max(choice.findData(chosen), 0))
        choice.currentIndexChanged.connect(self._show)
        return choice

    def _title(self, turn: Turn) -> str:
        match turn:
            case Request():
                text = self.tr("You: {0}").format(turn.text)
            case Plan():
                text = self.tr("LLM: {0}").format(", ".join(box.phrase for box in turn.layout.boxes))
            case CanvasEdit():
                text = self.tr("Edited: {0}").format(told_summary(turn.summary))
        return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS].rstrip()}…"

    def _show(self) -> None:
        before, after = (self._scene.layout_at(choice.currentData()) for choice in self.choices)
        ratio = self.devicePixelRatioF()
        for picture, layout in zip(self._pictures, (before, after), strict=True):
            drawing = drawing_icon(layout, SIDE, self.palette(), ratio=ratio)
            picture.setPixmap(drawing.pixmap(QSize(SIDE, SIDE), ratio))
            picture.setAccessibleName(", ".join(box.phrase for box in layout.boxes))
        sentences = [sentence.text for sentence in ChangeWords().between(before, after)]
        self.words.setText("\n".join(f"• {text}" for text in sentences) or self.tr("Both are the same."))
