"""Two pictures against each other in a window of their own: a slider between them, side by side, or in turns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from lmd_desktop.ui.theme import SMALL_SPACING, SPACING, desk_colour

SHARP_FROM = 4.0
SHARE_OF_SCREEN = 0.7
FLICKER_MS = 700
KEY_STEP = 0.02
GRIP = 14.0
LINE = QColor("#ffffff")
LINE_EDGE = QColor(0, 0, 0, 150)


class CompareMode(Enum):
    SLIDER = "slider"
    SIDE_BY_SIDE = "side by side"
    FLICKER = "flicker"


@dataclass(frozen=True, slots=True)
class Compared:
    """A picture and what it is called."""

    image: QImage
    title: str


class CompareWindow(QWidget):
    """Keys 1, 2 and 3 choose the way, left and right move the slider, Space shows the other picture; Esc closes it."""

    def __init__(
        self, before: Compared, after: Compared, *, has_motion: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("compare_window")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Compare"))
        self.view = CompareView(before, after, self)
        self._titles = (QLabel(before.title, self), QLabel(after.title, self))
        self._has_motion = has_motion
        self._timer = QTimer(self)
        self._timer.setInterval(FLICKER_MS)
        self._timer.timeout.connect(self.view.swap)
        self.view.swapped.connect(self._show_titles)
        row = QHBoxLayout()
        row.setSpacing(SMALL_SPACING)
        row.addWidget(self._titles[0], 1)
        self._buttons: dict[CompareMode, QToolButton] = {}
        for number, (mode, text) in enumerate(
            (
                (CompareMode.SLIDER, self.tr("Slider")),
                (CompareMode.SIDE_BY_SIDE, self.tr("Side by side")),
                (CompareMode.FLICKER, self.tr("Flicker")),
            ),
            start=1,
        ):
            button = QToolButton(self)
            button.setObjectName(f"compare_{mode.name.lower()}")
            button.setText(text)
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setShortcut(str(number))
            button.setToolTip(self.tr("{0} (key {1})").format(text, number))
            button.clicked.connect(lambda _checked=False, mode=mode: self.set_mode(mode))
            self._buttons[mode] = button
            row.addWidget(button)
        self._titles[1].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._titles[1], 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        layout.setSpacing(SMALL_SPACING)
        layout.addLayout(row)
        layout.addWidget(self.view, 1)
        screen = QGuiApplication.primaryScreen().availableSize() * SHARE_OF_SCREEN
        self.resize((before.image.size() * 2).boundedTo(screen).expandedTo(QSize(560, 480)))
        self.set_mode(CompareMode.SLIDER)
        self.view.setFocus()

    def set_mode(self, mode: CompareMode) -> None:
        self._buttons[mode].setChecked(True)
        self.view.set_mode(mode)
        if mode is CompareMode.FLICKER and self._has_motion:
            self._timer.start()
        else:
            self._timer.stop()
        self._show_titles()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _show_titles(self) -> None:
        """In turns only the picture that is seen has its name in plain sight."""
        is_flicker = self.view.mode is CompareMode.FLICKER
        for place, label in enumerate(self._titles):
            label.setEnabled(not is_flicker or self.view.is_after == bool(place))


class CompareView(QWidget):
    """Both pictures at the same size and place, whatever their own sizes."""

    swapped = Signal()

    def __init__(self, before: Compared, after: Compared, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare_view")
        self.setAccessibleName(self.tr("{0} compared with {1}").format(before.title, after.title))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._images = (before.image, after.image)
        self.mode = CompareMode.SLIDER
        self.share = 0.5  # of the width, where the slider stands
        self.is_after = False

    def set_mode(self, mode: CompareMode) -> None:
        self.mode = mode
        self.setCursor(Qt.CursorShape.SplitHCursor if mode is CompareMode.SLIDER else Qt.CursorShape.ArrowCursor)
        self.update()

    def set_share(self, share: float) -> None:
        self.share = min(max(share, 0.0), 1.0)
        self.update()

    def swap(self) -> None:
        self.is_after = not self.is_after
        self.update()
        self.swapped.emit()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 200)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.mode is CompareMode.FLICKER:
            self.swap()
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.mode is CompareMode.SLIDER and event.buttons() & Qt.MouseButton.LeftButton:
            target = self._target(self.rect())
            self.set_share((event.position().x() - target.left()) / max(target.width(), 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -KEY_STEP, Qt.Key.Key_Right: KEY_STEP}
        if self.mode is CompareMode.SLIDER and event.key() in steps:
            self.set_share(self.share + steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Space:
            self.swap()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), desk_colour(self.palette()))
        before, after = self._images
        if self.mode is CompareMode.SIDE_BY_SIDE:
            half = (self.width() - SPACING) // 2
            self._draw(painter, before, self._target(QRect(0, 0, half, self.height())))
            self._draw(painter, after, self._target(QRect(self.width() - half, 0, half, self.height())))
            return
        target = self._target(self.rect())
        if self.mode is CompareMode.FLICKER:
            self._draw(painter, after if self.is_after else before, target)
            return
        self._draw(painter, before, target)
        x = target.left() + round(self.share * target.width())
        painter.setClipRect(QRect(QPoint(x, target.top()), target.bottomRight()))
        self._draw(painter, after, target)
        painter.setClipping(False)
        self._draw_slider(painter, x, target)

    def _target(self, room: QRect) -> QRect:
        fitted = self._images[0].size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(QPoint(0, 0), fitted)
        target.moveCenter(room.center())
        return target

    def _draw(self, painter: QPainter, image: QImage, target: QRect) -> None:
        is_smooth = target.width() < SHARP_FROM * image.width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        painter.drawImage(target, image)

    def _draw_slider(self, painter: QPainter, x: int, target: QRect) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(x, target.center().y())
        for colour, width in ((LINE_EDGE, 4.0), (LINE, 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(x, target.top()), QPointF(x, target.bottom() + 1))
        painter.setPen(QPen(LINE_EDGE, 1.0))
        painter.setBrush(LINE)
        painter.drawEllipse(middle, GRIP, GRIP)
        painter.setPen(QPen(QColor("#1d2126"), 2.0))
        for side in (-1, 1):
            tip = middle + QPointF(side * 8, 0)
            painter.drawLine(tip, tip + QPointF(-side * 4, -4))
            painter.drawLine(tip, tip + QPointF(-side * 4, 4))
