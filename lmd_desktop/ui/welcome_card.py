"""The card of first steps: what works already, what better models would bring, how to add them on this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from lmd_desktop.app.model_library import ModelLibrary
from lmd_desktop.ui.adding_models import add_file, add_folder
from lmd_desktop.ui.dropped_models import TakesModels
from lmd_desktop.ui.file_dialogs import FileDialogs
from lmd_desktop.ui.model_words import hardware_text, size_text, verdict_text
from lmd_desktop.ui.theme import SMALL_SPACING, SPACING, heading, icon

if TYPE_CHECKING:
    from lmd_desktop.app.model_library import Hardware

LEAST_WIDTH = 200


class WelcomeCard(TakesModels, QFrame):
    """``dismissed`` when the person has read it; it is never in the way of anything."""

    dismissed = Signal()
    models_asked = Signal()

    def __init__(self, library: ModelLibrary, dialogs: FileDialogs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self.setObjectName("welcome_card")
        self.setProperty("card", "plan")
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("First steps"))
        works = self.tr(
            "Ask, move the boxes, press Render: all of it works now, on the starter models. They know a small drawn "
            "world; larger models understand and paint anything. Drop their files on the window, or:"
        )
        self._works = self._label("welcome_text", works)
        self.verdict = self._label("welcome_verdict", self.tr("Looking at this computer…"))
        self.verdict.setProperty("muted", True)
        self.close_button = QToolButton(self)
        self.close_button.setObjectName("dismiss_welcome")
        self.close_button.setIcon(icon("close"))
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip(self.tr("Put this card away. The settings bring it back."))
        self.close_button.setAccessibleName(self.tr("Put this card away"))
        self.close_button.clicked.connect(self.dismissed)
        self.models_button = self._button("welcome_models", self.tr("Models…"))
        self.models_button.clicked.connect(self.models_asked)
        self.file_button = self._button("welcome_add_file", self.tr("Add a file…"))
        self.file_button.clicked.connect(lambda: add_file(library, dialogs))
        self.folder_button = self._button("welcome_add_folder", self.tr("Add a folder…"))
        self.folder_button.clicked.connect(lambda: add_folder(library, dialogs))
        self.search_button = self._button("welcome_search", self.tr("Search this computer"))
        self.search_button.clicked.connect(library.search)
        self._lay_out()
        library.hardware_known.connect(self._show_hardware)
        library.searched.connect(self._tell_found)
        library.ask_hardware()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(heading(self.tr("Welcome")), 1)
        top.addWidget(self.close_button)
        buttons = QHBoxLayout()
        for button in (self.models_button, self.file_button, self.folder_button, self.search_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING + 2, SMALL_SPACING, SPACING, SPACING)
        layout.setSpacing(SMALL_SPACING)
        layout.addLayout(top)
        layout.addWidget(self._works)
        layout.addLayout(buttons)
        layout.addWidget(self.verdict)
        self._whole_width = layout.minimumSize().width()
        self.setMinimumWidth(LEAST_WIDTH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside an open panel of a narrow window the card says less; the models page has the rest."""
        super().resizeEvent(event)
        is_roomy = event.size().width() >= self._whole_width
        for widget in (self.file_button, self.folder_button, self.search_button, self.verdict):
            widget.setVisible(is_roomy)

    def _show_hardware(self, hardware: Hardware) -> None:
        from lmd_desktop.app.verdicts import Verdict, verdict_of_known, worth_having

        told: list[str] = []
        for kind in ("planner", "painter"):
            known = [model for model in worth_having() if model.kind == kind]
            # Nobody starts with the paper's own planners: they are here to repeat its table.
            usual = [model for model in known if model.planner is None or model.planner.tier != "paper"]
            rated = [(model, verdict_of_known(model, hardware)) for model in usual]
            fitting = [(model, verdict) for model, verdict in rated if verdict is not Verdict.TOO_LARGE]
            if fitting:
                model, verdict = max(fitting, key=lambda pair: (pair[1] is Verdict.ON_CARD, pair[0].size_mb))
                told.append(self.tr("{0} {1}").format(model.title.split(",")[0], verdict_text(verdict)))
        card = hardware.cards[0].name if hardware.cards else self.tr("no graphics card")
        computer = self.tr("This computer: {0}, {1}.").format(card, size_text(hardware.ram))
        self.verdict.setToolTip(hardware_text(hardware))
        rest = (
            self.tr("It is too small for larger models.")
            if not told
            else self.tr("{0}.").format(self.tr("; ").join(told))
        )
        self.verdict.setText(f"{computer} {rest}")

    def _tell_found(self, count: int) -> None:
        if count:
            self.verdict.setText(self.tr("{0} models were found; choose one on the models page.").format(count))
        else:
            self.verdict.setText(self.tr("No model of another program was found on this computer."))

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        return button

    def _label(self, name: str, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setObjectName(name)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label
