"""A long list of cards of which only those in sight, and a few around them, exist.

The heights of the others are guessed; when a guess proves wrong, what is in sight stays where it is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QWidget

from lmd_desktop.app.dialog_view import TurnView
from lmd_desktop.domain.scene import Plan, Request
from lmd_desktop.ui.turn_card import TurnCard

SPACING = 6
SIDE_MARGIN = 4
REACH = 500  # pixels beyond what is in sight for which cards are kept ready
LINE_STEP = 24
DROPPED_AT_ONCE = 6
MAX_PASSES = 12  # until every card in sight has been measured


class TurnList(QAbstractScrollArea):
    """``tail`` are widgets below the last turn; they are shown and hidden by whoever made them."""

    def __init__(self, make_card: Callable[[TurnView, QWidget], TurnCard], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make_card = make_card
        self._views: tuple[TurnView, ...] = ()
        self._cards: dict[int, TurnCard] = {}
        self._heights: list[int] = []
        self._tops: list[int] = [0]
        self._marked: str | None = None
        self._is_placing = False
        self._stale: set[QWidget] = set()
        self.setObjectName("dialog_turns")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalScrollBar().setSingleStep(LINE_STEP)
        self.setViewport(QWidget(self))  # as in the canvas: Qt's own would cost the start 7 ms
        # Opaque, so that scrolling moves pixels instead of painting them again.
        self.page = QWidget(self.viewport())
        self.page.setObjectName("turn_page")
        self.page.setAutoFillBackground(True)
        self.page.setBackgroundRole(QPalette.ColorRole.Window)
        self._tail: tuple[QWidget, ...] = ()
        self._filling = QTimer(self)
        self._filling.setSingleShot(True)
        self._filling.timeout.connect(self._fill_one)
        self._remeasuring = QTimer(self)
        self._remeasuring.setSingleShot(True)
        self._remeasuring.timeout.connect(self._remeasure)

    @property
    def cards(self) -> tuple[TurnCard, ...]:
        """The cards that exist, from the top."""
        return tuple(self._cards[row] for row in sorted(self._cards))

    @property
    def views(self) -> tuple[TurnView, ...]:
        return self._views

    def set_tail(self, widgets: Sequence[QWidget]) -> None:
        """Widgets of ``page`` that stand below the last turn; hidden ones take no room."""
        self._tail = tuple(widgets)
        for widget in self._tail:
            widget.installEventFilter(self)
        self._place()

    def set_views(self, views: tuple[TurnView, ...]) -> None:
        """Show these turns; cards of turns that did not change stay as they are."""
        same = 0
        while same < min(len(views), len(self._views)) and views[same] == self._views[same]:
            same += 1
        if same == len(views) == len(self._views):
            return
        was_at_end = self._is_at_end()
        kept: dict[int, TurnCard] = {}
        for row, card in self._cards.items():
            if row < same or (row < len(views) and views[row] == card.view):
                kept[row] = card
            else:
                self._drop(card)
        heights = self._heights[:same]
        for row in range(same, len(views)):
            # A card that stays is not measured again.
            is_known = row in kept or (row < len(self._views) and self._views[row].turn is views[row].turn)
            heights.append(self._heights[row] if is_known else self._guess(views[row]))
        self._cards, self._heights, self._views = kept, heights, views
        self._place(reach=REACH, at_end=was_at_end)

    def scroll_to_end(self) -> None:
        self._place(reach=0, at_end=True)

    def reveal(self, turn_id: str) -> None:
        """Bring a turn into sight."""
        row = self._row_of(turn_id)
        if row is None:
            return
        for _ in range(3):  # the heights on the way become known
            top, height = self._tops[row], self._heights[row]
            shown, room = self.verticalScrollBar().value(), self.viewport().height()
            if top < shown or top + height > shown + room:
                self.verticalScrollBar().setValue(round(top - max(0, room - height) / 3))
        self._place()

    def mark(self, turn_id: str | None) -> None:
        """Emphasise one turn: what a search has found."""
        before, self._marked = self._marked, turn_id
        for card in self._cards.values():
            if card.view.turn.id in (before, turn_id):
                self._show_mark(card)

    def focus_turn(self, row: int) -> None:
        """Give a card the keyboard, in sight."""
        if 0 <= row < len(self._views):
            self.reveal(self._views[row].turn.id)
            self._card(row).setFocus(Qt.FocusReason.OtherFocusReason)

    # Qt's events

    def sizeHint(self) -> QSize:
        return QSize(280, 320)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focus = QApplication.focusWidget()
        row = next((row for row, card in self._cards.items() if card is focus), None)
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if row is not None and event.key() in steps:
            self.focus_turn(row + steps[Qt.Key(event.key())])
        elif row is not None and event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.focus_turn(0 if event.key() == Qt.Key.Key_Home else len(self._views) - 1)
        else:
            super().keyPressEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802
        if not self._is_placing:
            self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        was_at_end = self._is_at_end()
        if event.oldSize().width() != event.size().width():
            self._heights = [self._guess(view) for view in self._views]
            self._measure(self._cards)
        self._place(at_end=was_at_end)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Fonts of the style sheet are known only now.
        self._measure(self._cards)
        self._place(reach=REACH, at_end=self._is_at_end())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.LayoutRequest and isinstance(watched, QWidget):
            self._stale.add(watched)
            self._remeasuring.start()
        elif kind == QEvent.Type.FocusIn and isinstance(watched, TurnCard):
            self.ensure_in_sight(watched)
        elif kind in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent) and watched in self._tail:
            self._remeasuring.start()
        return super().eventFilter(watched, event)

    def ensure_in_sight(self, card: TurnCard) -> None:
        """Scroll as little as needed to show a card; of a tall one its top."""
        bar, room = self.verticalScrollBar(), self.viewport().height()
        top, bottom = card.y(), card.y() + card.height()
        if top < bar.value() or card.height() > room:
            bar.setValue(top)
        elif bottom > bar.value() + room:
            bar.setValue(bottom - room)

    # Placing

    def _place(self, *, reach: int = 0, at_end: bool = False) -> None:
        """Make and place what is in sight; what is there already keeps its place on the screen."""
        if self._is_placing:
            return
        self._is_placing = True
        bar, room = self.verticalScrollBar(), self.viewport().height()
        value = bar.value()
        for _ in range(MAX_PASSES):
            self._tops = [0, *accumulate(height + SPACING for height in self._heights)]
            total = self._tops[-1] + self._tail_height()
            value = min(max(0, total - room), total if at_end else value)
            first, last = self._rows_at(value - reach, value + room + reach)
            missing = [row for row in range(first, last + 1) if row not in self._cards]
            if not missing:
                break
            anchor = self._rows_at(value, value)[0]
            offset = value - self._tops[anchor]
            self._measure({row: self._card(row) for row in missing})
            value = sum(self._heights[:anchor]) + SPACING * anchor + offset
        self._show_at(value)
        self._is_placing = False
        self._filling.start(0)

    def _show_at(self, value: int) -> None:
        width, room = self.viewport().width(), self.viewport().height()
        total = self._tops[-1] + self._tail_height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, total - room))
        bar.setPageStep(room)
        bar.setValue(value)
        self.page.setGeometry(0, -bar.value(), width, max(total, room))
        for row, card in self._cards.items():
            card.setGeometry(0, self._tops[row], width - SIDE_MARGIN, self._heights[row])
        top = self._tops[-1]
        for widget in self._tail:
            if not widget.isHidden():
                height = _height(widget, width - SIDE_MARGIN)
                widget.setGeometry(0, top, width - SIDE_MARGIN, height)
                top += height + SPACING

    def _rows_at(self, top: int, bottom: int) -> tuple[int, int]:
        """The first and the last row between two heights."""
        last_row = len(self._views) - 1
        first = min(max(bisect_right(self._tops, top) - 1, 0), max(last_row, 0))
        last = min(max(bisect_right(self._tops, bottom) - 1, 0), last_row)
        return first, last

    def _card(self, row: int) -> TurnCard:
        card = self._cards.get(row)
        if card is None:
            card = self._cards[row] = self._make_card(self._views[row], self.page)
            card.installEventFilter(self)
            if self._views[row].turn.id == self._marked:
                self._show_mark(card)
            card.show()
        return card

    def _measure(self, cards: dict[int, TurnCard]) -> bool:
        """Learn the heights of cards; whether one of them was guessed wrong."""
        is_wrong = False
        for row, card in cards.items():
            height = _height(card, self.viewport().width() - SIDE_MARGIN)
            is_wrong |= height != self._heights[row]
            self._heights[row] = height
        return is_wrong

    def _remeasure(self) -> None:
        was_at_end = self._is_at_end()
        self._measure({row: card for row, card in self._cards.items() if card in self._stale})
        self._stale.clear()
        self._place(at_end=was_at_end)

    def _fill_one(self) -> None:
        """While nothing else is to do: one more card for the scrolling that may come, and none that is far away."""
        value, room = self.verticalScrollBar().value(), self.viewport().height()
        first, last = self._rows_at(value - REACH, value + room + REACH)
        missing = next((row for row in range(first, last + 1) if row not in self._cards), None)
        if missing is not None and self.isVisible():
            self._measure({missing: self._card(missing)})
            self._place()
            return
        focus = QApplication.focusWidget()
        far = [row for row in self._cards if not first - 4 <= row <= last + 4]
        for row in far[:DROPPED_AT_ONCE]:
            card = self._cards[row]
            if focus is None or not (card is focus or card.isAncestorOf(focus)):
                self._drop(self._cards.pop(row))
        if len(far) > DROPPED_AT_ONCE:
            self._filling.start(0)

    def _guess(self, view: TurnView) -> int:
        """About how tall a card becomes."""
        line = self.fontMetrics().lineSpacing()
        per_line = max(10, (self.viewport().width() - 30) // max(1, self.fontMetrics().averageCharWidth()))
        match view.turn:
            case Request(text=text):
                return 30 + line * (1 + len(text) // per_line)
            case Plan(layout=layout):
                words = sum(len(box.phrase) + 3 for box in layout.boxes) + len(layout.background_prompt)
                return 150 + line * (1 + words // per_line)
            case turn:
                return 150 + line * (1 + len(turn.summary) // per_line)

    def _tail_height(self) -> int:
        width = self.viewport().width() - SIDE_MARGIN
        return sum(_height(widget, width) + SPACING for widget in self._tail if not widget.isHidden())

    def _is_at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - 2

    def _row_of(self, turn_id: str) -> int | None:
        return next((row for row, view in enumerate(self._views) if view.turn.id == turn_id), None)

    def _show_mark(self, card: TurnCard) -> None:
        card.setProperty("isFound", card.view.turn.id == self._marked)
        card.style().unpolish(card)
        card.style().polish(card)

    def _drop(self, card: TurnCard) -> None:
        self._stale.discard(card)
        card.removeEventFilter(self)
        card.hide()
        card.deleteLater()


def _height(widget: QWidget, width: int) -> int:
    layout = widget.layout()
    if layout is None:
        return widget.heightForWidth(width) if widget.hasHeightForWidth() else widget.sizeHint().height()
    layout.activate()
    return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
