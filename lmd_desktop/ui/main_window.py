"""The main window: dialog on the left, canvas in the middle, boxes and render settings on the right, results below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabBar, QWidget

from lmd_desktop.app.workspace import Workspace
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.ui.appearance import Appearance
from lmd_desktop.ui.backdrop import Backdrop
from lmd_desktop.ui.boxes_panel import BoxesPanel
from lmd_desktop.ui.canvas.view import CanvasView
from lmd_desktop.ui.canvas_desk import CanvasDesk
from lmd_desktop.ui.dialog_panel import DialogPanel
from lmd_desktop.ui.dropped_models import dropped_models
from lmd_desktop.ui.errors import ErrorReporter
from lmd_desktop.ui.exchange_commands import ExchangeCommands
from lmd_desktop.ui.file_commands import PICTURE_SUFFIX, FileCommands
from lmd_desktop.ui.jobs_panel import JobsPanel
from lmd_desktop.ui.menus import Menus
from lmd_desktop.ui.render_panel import RenderPanel
from lmd_desktop.ui.result_commands import ResultCommands
from lmd_desktop.ui.results_panel import ResultsPanel
from lmd_desktop.ui.side_rail import SideRail
from lmd_desktop.ui.status_bar import JobStatusBar
from lmd_desktop.ui.style import PANEL_STYLE
from lmd_desktop.ui.window_dialogs import WindowDialogs
from lmd_desktop.ui.window_places import WindowPlaces

if TYPE_CHECKING:
    from lmd_desktop.ui.file_dialogs import FileDialogs

OPENABLE = (".lmdscene", ".png")
FIRST_SIZE = QSize(1280, 800)
SMALLEST = QSize(860, 560)
DIALOG_WIDTH, SIDE_WIDTH = 290, 280
LEAST_DIALOG_WIDTH = 210  # less leaves no room for a change beside its two buttons
BOXES_HEIGHT, RENDER_HEIGHT, RESULTS_HEIGHT, JOBS_HEIGHT = 420, 290, 176, 220
MESSAGE_MS = 8000


class MainWindow(QMainWindow):
    """Wires panels to the workspace; it holds no state of the scene itself."""

    def __init__(self, workspace: Workspace, dialogs: Callable[[QWidget], FileDialogs] | None = None) -> None:
        super().__init__()
        self.workspace = workspace
        self._after_first_paint: Callable[[], None] | None = None
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self.setMinimumSize(SMALLEST)
        self.resize(FIRST_SIZE)
        self.errors = ErrorReporter(self, lambda: workspace.session.scene)
        self.files = FileCommands(workspace, self, dialogs)
        session = workspace.session
        self.canvas = CanvasView(session)
        self.dialog_panel = DialogPanel(session, workspace.planning)
        self.dialog_panel.setMinimumWidth(LEAST_DIALOG_WIDTH)
        self.boxes_panel = BoxesPanel(session)
        self.render_panel = RenderPanel(
            session, workspace.rendering, foresight=workspace.foresight, parts=workspace.parts
        )
        self.results_panel = ResultsPanel(session, workspace.pictures, workspace.thumbnails)
        self.jobs_panel = JobsPanel(workspace)
        self.backdrop = Backdrop(session, workspace.pictures, self)
        self._tabs = QTimer(self, singleShot=True, interval=0)
        self._tabs.timeout.connect(self._name_tabs)
        self.docks = self._make_docks()
        on_the_right = {self._dock_of(self.boxes_panel): "boxes", self._dock_of(self.render_panel): "render"}
        self.rail = SideRail(self, on_the_right)
        self.around = WindowDialogs(self)
        self.exchange = ExchangeCommands(self)
        self.results = ResultCommands(self)
        self.menus = Menus(self)
        self._lay_out()
        self.around.use_own_keys()
        self.status = JobStatusBar(workspace, self)
        self.setStatusBar(self.status)
        self._connect()
        self.places = WindowPlaces(self, workspace.settings, self.rail, self.canvas.actions_by_name)
        self.appearance = Appearance(workspace.settings, self)
        # Last: each widget takes its rules once, not again with every layout and dock that it is put into.
        self.setStyleSheet(PANEL_STYLE)
        self._show_title()
        self._show_models()

    @property
    def panels(self) -> tuple[QWidget, ...]:
        """The canvas and the four panels around it."""
        return (self.canvas, self.dialog_panel, self.boxes_panel, self.render_panel, self.results_panel)

    def do_after_first_paint(self, task: Callable[[], None]) -> None:
        """Work that may wait until the person sees the window."""
        self._after_first_paint = task

    # What the menus call

    def render_now(self) -> None:
        self.results.render()

    def stop_all(self) -> None:
        self.workspace.queue.stop_all()

    def show_jobs(self) -> None:
        dock = self._dock_of(self.jobs_panel)
        dock.show()
        dock.raise_()
        if dock.height() < JOBS_HEIGHT:
            self.resizeDocks([dock], [JOBS_HEIGHT], Qt.Orientation.Vertical)
        self.jobs_panel.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def switch_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def focus_prompt(self) -> None:
        self._dock_of(self.dialog_panel).show()
        self.dialog_panel.composer.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_next_pane(self) -> None:
        """F6: the dialog, the canvas, the boxes, the render settings, the results, and round again."""
        left, right = (self.dialog_panel.composer, self.canvas), (self.boxes_panel, self.render_panel.method)
        panes = (*left, *right, *self.rail.buttons[:1], self.results_panel.view)
        shown = [pane for pane in panes if pane.isVisible() and pane.isEnabled()]
        focus = QApplication.focusWidget()
        now = [i for i, pane in enumerate(shown) if focus is not None and (pane is focus or pane.isAncestorOf(focus))]
        following = shown[(now[-1] + 1) % len(shown) if now else 0]
        following = following if following.focusPolicy() else following.nextInFocusChain() or following
        following.setFocus(Qt.FocusReason.TabFocusReason)

    def export_picture(self) -> None:
        renders = self.workspace.session.renders
        self.files.export_picture(self.backdrop.record or (renders[-1] if renders else None))

    def choose_planner(self) -> None:
        path = self.files.dialogs.planner_to_use(self._models_folder(self.workspace.models.own_planner))
        if path is not None:
            self.workspace.models.choose_planner(path)

    def choose_painter_folder(self) -> None:
        path = self.files.dialogs.painter_folder_to_use(self._models_folder(self.workspace.models.own_painter))
        if path is not None:
            self.workspace.models.choose_painter(path)

    def choose_painter_file(self) -> None:
        path = self.files.dialogs.painter_file_to_use(self._models_folder(self.workspace.models.own_painter))
        if path is not None:
            self.workspace.models.choose_painter(path)

    def reset_panels(self) -> None:
        """All panels back to their places and sizes."""
        left, right, bottom = (
            Qt.DockWidgetArea.LeftDockWidgetArea,
            Qt.DockWidgetArea.RightDockWidgetArea,
            Qt.DockWidgetArea.BottomDockWidgetArea,
        )
        for dock, area in zip(self.docks, (left, right, right, bottom, bottom), strict=True):
            dock.setFloating(False)
            self.addDockWidget(area, dock)
            dock.show()
        dialog, boxes, render, results, jobs = self.docks
        self.tabifyDockWidget(results, jobs)
        jobs.hide()
        self.resizeDocks([dialog, boxes], [DIALOG_WIDTH, SIDE_WIDTH], Qt.Orientation.Horizontal)
        self.resizeDocks([boxes, render], [BOXES_HEIGHT, RENDER_HEIGHT], Qt.Orientation.Vertical)
        self.resizeDocks([results], [RESULTS_HEIGHT], Qt.Orientation.Vertical)

    def offer_leftovers(self) -> None:
        """Ask about unsaved work of a crashed window, if there is any."""
        leftovers = self.workspace.leftovers()
        if leftovers:
            from lmd_desktop.ui.recover_dialog import RecoverDialog

            dialog = RecoverDialog(leftovers, self.workspace.unsaved_work, self)
            dialog.recovered.connect(self.workspace.recover)
            dialog.deleted.connect(lambda leftover: leftover.discard())
            dialog.open()

    # Qt's events

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._after_first_paint is not None:
            # The panels are painted after the window in the same pass; then the event loop comes round.
            QTimer.singleShot(0, self, self._after_first_paint)
            self._after_first_paint = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.rail.follow(event.size().width())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _openable(event) is not None or dropped_models(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path, models = _openable(event), dropped_models(event)
        if models:
            event.acceptProposedAction()
            QTimer.singleShot(0, self, lambda: self.around.take_models(models))
        elif path is not None:
            event.acceptProposedAction()
            # The other program waits for the drop to end: questions come after it.
            is_picture = path.suffix.lower() == PICTURE_SUFFIX
            take = self.results.take_picture if is_picture else self.files.open_path
            QTimer.singleShot(0, self, lambda: take(path))

    def closeEvent(self, event: QCloseEvent) -> None:
        try:
            may_close = self.files.may_let_go()
        except UserError as error:
            self.errors.show_error(error)
            may_close = False
        if not may_close:
            event.ignore()
            return
        self.places.keep()
        self.workspace.journal.discard()
        # The processes may take a second to end; nobody needs to watch.
        self.hide()
        self.workspace.close()
        event.accept()

    # Putting it together

    def _make_docks(self) -> tuple[QDockWidget, ...]:
        panels = (
            (self.dialog_panel, self.tr("Dialog")),
            (self.boxes_panel, self.tr("Boxes")),
            (self.render_panel, self.tr("Render")),
            (self.results_panel, self.tr("Results")),
            (self.jobs_panel, self.tr("Jobs")),
        )
        docks: list[QDockWidget] = []
        for panel, title in panels:
            dock = QDockWidget(title, self)
            dock.setObjectName(f"dock_{panel.objectName() or title.lower()}")
            dock.setWidget(panel)
            switch = dock.toggleViewAction()
            switch.setObjectName(f"show_{dock.objectName()}")
            switch.setProperty("sheetName", self.tr("Show or hide: {0}").format(title))
            # Qt makes the bar of docks that share a place after it has told about them.
            dock.dockLocationChanged.connect(self._tabs.start)
            dock.visibilityChanged.connect(self._tabs.start)
            docks.append(dock)
        return tuple(docks)

    def _name_tabs(self) -> None:
        for bar in self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setAccessibleName(self.tr("Panels in this place"))

    def _lay_out(self) -> None:
        undo, redo = (action for action in self.actions() if action.objectName() in ("undo", "redo"))
        self.desk = CanvasDesk(self, (undo, redo))
        self.setCentralWidget(self.desk)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.reset_panels()

    def _connect(self) -> None:
        workspace = self.workspace
        self.render_panel.render_asked.connect(self.render_now)
        self.render_panel.stop_asked.connect(workspace.rendering.stop)
        workspace.document.changed.connect(self._show_title)
        workspace.document.opened.connect(self._show_opened)
        workspace.settings.changed.connect(self._show_models)
        workspace.problem_occurred.connect(self.errors.show_error)
        workspace.planning.state_changed.connect(self._show_planning)
        self.dialog_panel.dashed_boxes_changed.connect(self.canvas.show_pending_boxes)
        workspace.rendering.preview_changed.connect(self.backdrop.show_preview)
        workspace.rendering.picture_finished.connect(self._show_finished)
        workspace.rendering.problem_occurred.connect(self._tell_failure)
        workspace.planning.load_failed.connect(self._tell_failure)
        workspace.rendering.model_loaded.connect(lambda loaded: self.render_panel.show_device(loaded.summary))
        workspace.jobs.job_changed.connect(self._show_jobs)
        self.status.jobs_asked.connect(self.show_jobs)
        self.backdrop.changed.connect(self._show_backdrop)
        self.backdrop.record_changed.connect(
            lambda record: self.results_panel.show_current(record.sha256 if record is not None else None)
        )
        self.backdrop.record_changed.connect(self.render_panel.changed_only.follow)
        self.files.saved.connect(lambda: self.status.showMessage(self.tr("The scene is saved."), MESSAGE_MS))
        self.canvas.hint_given.connect(lambda text: self.status.showMessage(text, MESSAGE_MS))

    def _show_title(self) -> None:
        document = self.workspace.document
        name = document.name or self.tr("Untitled")
        suffix = self.tr(" (read-only)") if document.read_only_reason else ""
        self.setWindowTitle(self.tr("{0}{1}[*] — LMD Desktop").format(name, suffix))
        self.setWindowModified(document.is_dirty)

    def _show_opened(self) -> None:
        renders = self.workspace.session.renders
        head = self.workspace.session.scene.dialog.head
        of_head = [record for record in renders if record.turn == head]
        self.backdrop.show_preview(None)
        self.backdrop.show_record(of_head[-1] if of_head else None)
        self._show_title()
        told = [*self.workspace.document.notes, self.workspace.document.read_only_reason]
        if any(told):
            self.status.showMessage(" ".join(filter(None, told)), 2 * MESSAGE_MS)

    def _show_models(self) -> None:
        self.status.show_models()

    def _show_planning(self) -> None:
        state = self.workspace.planning.state
        self.menus.send.setEnabled(not state.is_planning)
        self.menus.stop_planner.setEnabled(state.is_planning)

    def _show_jobs(self) -> None:
        self.render_panel.show_rendering(self.workspace.rendering.is_rendering)

    def _show_finished(self, record: RenderRecord) -> None:
        self.backdrop.show_record(record)
        self.results_panel.show_current(record.sha256)
        self.render_panel.show_picture(record)

    def _tell_failure(self, failed: object) -> None:
        cause, step = getattr(failed, "cause", ""), getattr(failed, "next_step", "")
        self.errors.show_error(UserError(cause, step), getattr(failed, "details", ""))

    def _show_backdrop(self, image: QImage | None, opacity: float) -> None:
        self.canvas.set_backdrop_opacity(opacity)
        self.canvas.set_backdrop(image)

    def _dock_of(self, panel: QWidget) -> QDockWidget:
        return next(dock for dock in self.docks if dock.widget() is panel)

    def _models_folder(self, own: Path | None) -> Path | None:
        return own.parent if own is not None else None


def _openable(event: QDropEvent) -> Path | None:
    """The one scene or picture that is dragged in from outside, if that is what it is."""
    if event.source() is not None:
        return None
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].suffix.lower() in OPENABLE else None
