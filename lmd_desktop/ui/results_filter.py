"""The line above the results: search, filter by turn, method, seed and star, and strip or grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QWidget

from lmd_desktop.app.session import Session
from lmd_desktop.domain.picture_grid import PictureFilter
from lmd_desktop.ui.theme import SMALL_SPACING, icon

MOST_IN_MENU = 30


class ResultsFilter(QWidget):
    """``changed`` carries the PictureFilter, ``grid_wanted`` whether the results fill lines."""

    changed = Signal(object)
    grid_wanted = Signal(bool)
    compare_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.title_of: Callable[[str], str] = str  # of a method, by its name
        self._filter = PictureFilter()
        self.search = QLineEdit(self)
        self.search.setObjectName("search_results")
        self.search.setAccessibleName(self.tr("Search the results"))
        self.search.setPlaceholderText(self.tr("Search notes, phrases, seeds…"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(260)
        self.filter_button = self._button("filter_results", self.tr("Filter the results"), "filter")
        self.filter_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.setObjectName("filter_menu")
        self.filter_button.setMenu(self._menu)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.starred = self._button("starred_results", self.tr("Only starred results"), "star")
        self.starred.setCheckable(True)
        self.told = QLabel(self)
        self.told.setObjectName("filter_told")
        self.told.setProperty("muted", True)
        self.compare = self._button("compare_results", self.tr("Compare two results (C)"), "compare")
        self.grid = self._button("grid_of_results", self.tr("Results in lines instead of a strip"), "grid")
        self.grid.setCheckable(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(SMALL_SPACING, 2, SMALL_SPACING, 2)
        row.setSpacing(SMALL_SPACING)
        row.addWidget(self.search, 2)
        for widget in (self.starred, self.filter_button):
            row.addWidget(widget)
        row.addWidget(self.told)
        row.addStretch(1)
        row.addWidget(self.compare)
        row.addWidget(self.grid)
        self.search.textChanged.connect(lambda text: self.set_filter(replace(self._filter, words=text)))
        self.starred.toggled.connect(lambda is_on: self.set_filter(replace(self._filter, is_starred=is_on)))
        self.grid.toggled.connect(self.grid_wanted)
        self.compare.clicked.connect(self.compare_asked)

    def set_filter(self, wanted: PictureFilter) -> None:
        if wanted == self._filter:
            return
        self._filter = wanted
        self.starred.setIcon(icon("star-filled" if wanted.is_starred else "star"))
        self.changed.emit(wanted)

    def show_count(self, shown: int, total: int) -> None:
        """How many are shown, and by what, if not all are."""
        wanted, parts = self._filter, list[str]()
        if wanted.method is not None:
            parts.append(self.title_of(wanted.method))
        if wanted.turn is not None or wanted.is_of_start:
            parts.append(wanted.turn or self.tr("start"))
        if wanted.seed is not None:
            parts.append(self.tr("seed {0}").format(wanted.seed))
        if shown != total:
            parts.append(self.tr("{0} of {1}").format(shown, total))
        self.told.setText(" · ".join(parts))

    def _fill_menu(self) -> None:
        menu, renders, wanted = self._menu, self._session.renders, self._filter
        menu.clear()
        everything = menu.addAction(self.tr("All results"))
        everything.setEnabled(wanted != PictureFilter())
        everything.triggered.connect(self.show_all)
        menu.addSeparator()
        methods = list(dict.fromkeys(record.request.method for record in renders))
        self._choices(
            self.tr("Method"),
            [(self.title_of(method), method) for method in methods],
            wanted.method,
            lambda value: replace(self._filter, method=value),
        )
        turns = list(dict.fromkeys(record.turn for record in reversed(renders)))[:MOST_IN_MENU]
        self._choices(
            self.tr("Turn"),
            [(turn or self.tr("start"), turn or "") for turn in turns],
            "" if wanted.is_of_start else wanted.turn,
            lambda value: replace(self._filter, turn=value or None, is_of_start=value == ""),
        )
        seeds = list(dict.fromkeys(record.request.seed for record in reversed(renders)))[:MOST_IN_MENU]
        self._choices(
            self.tr("Seed"),
            [(str(seed), seed) for seed in seeds],
            wanted.seed,
            lambda value: replace(self._filter, seed=value),
        )

    def _choices(
        self,
        title: str,
        choices: list[tuple[str, object]],
        chosen: object,
        changed: Callable[[object], PictureFilter],
    ) -> None:
        """A menu of its own; choosing what is chosen already takes it back."""
        menu = self._menu.addMenu(title)
        menu.setEnabled(bool(choices))
        group = QActionGroup(menu)
        group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        for text, value in choices:
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(value == chosen)
            group.addAction(action)
            action.triggered.connect(lambda is_on, value=value: self.set_filter(changed(value if is_on else None)))

    def show_all(self) -> None:
        """Take every filter back."""
        self.search.clear()
        self.starred.setChecked(False)
        self.set_filter(PictureFilter())

    def _button(self, name: str, text: str, icon_name: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setIcon(icon(icon_name))
        button.setAutoRaise(True)
        button.setToolTip(text)
        button.setAccessibleName(text)
        return button
