"""What can be done with results: go to one, compare, look, keep, check, try again; and with pictures from outside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QImage

from lmd_desktop.app.judging_job import failed_boxes, is_better, seeds_for_what_failed
from lmd_desktop.app.rendering_job import ONE_PICTURE, Order
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.ui.results_panel import picture_of
from lmd_desktop.ui.table_words import told

if TYPE_CHECKING:
    from lmd_desktop.app.dropped_picture import DroppedPicture
    from lmd_desktop.ui.main_window import MainWindow


class ResultCommands(QObject):
    """Connects the panel of results and the render panel to what happens then."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._workspace = window.workspace
        self._waits_for_grid = False
        panel, workspace = window.results_panel, window.workspace
        workspace.rendering.methods_changed.connect(lambda: panel.name_methods(self.method_title))
        panel.chosen.connect(self.go_to)
        panel.opened.connect(self.open_large)
        panel.save_asked.connect(window.files.export_picture)
        panel.bare_save_asked.connect(lambda record: window.files.export_picture(record, has_metadata=False))
        panel.copy_asked.connect(self.copy)
        panel.changed.connect(workspace.session.replace_render)
        panel.compare_asked.connect(self.compare)
        panel.grid_asked.connect(self.show_grid)
        panel.check_asked.connect(lambda record: workspace.judging.check(record))
        panel.retry_asked.connect(self.retry)
        panel.explanation_asked.connect(self.show_explanation)
        workspace.rendering.picture_finished.connect(self._check_if_wanted)
        workspace.rendering.picture_finished.connect(self._show_ordered_grid)
        workspace.rendering.noted.connect(window.canvas.hint_given)
        workspace.judging.compared.connect(self._keep_the_better)
        workspace.judging.noted.connect(lambda cause: window.canvas.hint_given.emit(told(cause)))
        workspace.judging.problem_occurred.connect(workspace.rendering.problem_occurred)
        window.backdrop.record_changed.connect(workspace.foresight.follow)
        workspace.parts.changed.connect(workspace.foresight.ask_again)
        workspace.document.opened.connect(panel.bar.show_all)
        window.render_panel.changed_only.asked.connect(self.render_changed)

    def method_title(self, name: str) -> str:
        """As the render panel calls the method; its name until the renderer has announced it."""
        return next((told(spec.title) for spec in self._workspace.rendering.methods if spec.name == name), name)

    # Rendering

    def render(self) -> None:
        """What the render panel says: one picture, several seeds, a sheet of attention."""
        self._order(self._window.render_panel.order())

    def render_changed(self) -> None:
        """With the seed of the picture on the canvas, so that unchanged boxes are taken as they were."""
        seed = self._workspace.foresight.seed()
        self._order(replace(ONE_PICTURE, seed=seed, explains=self._window.render_panel.order().explains))

    def ask_for_grid(self) -> None:
        from lmd_desktop.ui.grid_dialog import GridDialog

        rendering = self._workspace.rendering
        if not rendering.methods:
            raise UserError("The renderer is still starting.", "Try again in a moment.", exit_code=ExitCode.USAGE)
        method = self._workspace.session.render_settings.method
        dialog = GridDialog(rendering.methods, chosen=method, can=rendering.can, parent=self._window)
        dialog.ordered.connect(self._order_grid)
        dialog.open()

    def retry(self, record: RenderRecord) -> None:
        """Go to the picture, give what failed new seeds, render that, and keep the better of the two."""
        self.go_to(record)
        text = self.tr("New seeds for what failed")
        session, rendering = self._workspace.session, self._workspace.rendering
        seed = seeds_for_what_failed(session, record, rendering.methods, text)
        self._order(Order(seed=seed, before=record.sha256))

    def _keep_the_better(self, before: RenderRecord, record: RenderRecord) -> None:
        """Back to the picture before if the new one is no better, unless the person has gone on meanwhile."""
        hint, total = self._window.canvas.hint_given, len(record.marks)
        found, found_before = (len(one.marks) - len(failed_boxes(one.marks)) for one in (record, before))
        if is_better(record, before) and found > found_before:
            hint.emit(self.tr("The new picture is better: {0} of {1} boxes are found now.").format(found, total))
        elif is_better(record, before):
            text = self.tr("The new picture is slightly better: {0} of {1} boxes are found, as before.")
            hint.emit(text.format(found, total))
        elif self._is_current(record):
            self._workspace.show_layout_of(before)
            self._window.backdrop.show_record(before)
            hint.emit(self.tr("The new picture is no better: the one before is kept. Both are in the results."))
        else:
            hint.emit(self.tr("The new picture is no better than the one before. Both are in the results."))

    def _is_current(self, record: RenderRecord) -> bool:
        """Whether the canvas shows a picture, and the very boxes that it was painted from."""
        shown, layout = self._window.backdrop.record, self._workspace.session.layout
        return shown is not None and shown.sha256 == record.sha256 and layout == record.request.layout

    def _order_grid(self, order: Order) -> None:
        self._order(order)
        self._waits_for_grid = True

    def _show_ordered_grid(self, record: RenderRecord) -> None:
        """With its first picture; the others fill it up."""
        if self._waits_for_grid:
            self._waits_for_grid = False
            self.show_grid(record)

    def _order(self, order: Order) -> None:
        self._waits_for_grid = False
        try:
            self._workspace.rendering.render(order)
        except UserError as error:
            self._window.errors.show_error(error)

    def _check_if_wanted(self, record: RenderRecord, before: str) -> None:
        """Always, if it is to be better than another one."""
        is_wanted = before or self._window.render_panel.options.checks
        if is_wanted and record.request.layout.enabled_boxes:
            self._workspace.judging.check(record, before=before, is_routine=not before)

    # Looking

    def go_to(self, record: RenderRecord) -> None:
        self._workspace.show_picture(record)
        self._window.backdrop.show_record(record)

    def open_large(self, record: RenderRecord) -> None:
        from lmd_desktop.ui.picture_window import PictureWindow

        window = PictureWindow(
            self._image(record), self._name(record), self._window, layout=record.request.layout, marks=record.marks
        )
        window.show()

    def compare(self, before: RenderRecord, after: RenderRecord) -> None:
        from lmd_desktop.ui.compare_window import Compared, CompareWindow

        compared = (Compared(self._image(record), self._name(record)) for record in (before, after))
        has_motion = not self._workspace.settings.value.has_less_motion
        CompareWindow(*compared, has_motion=has_motion, parent=self._window).show()

    def show_grid(self, record: RenderRecord) -> None:
        from lmd_desktop.ui.grid_window import GridWindow

        session, thumbnails = self._workspace.session, self._workspace.thumbnails
        window = GridWindow(session, thumbnails, record, title_of=self.method_title, parent=self._window)
        window.chosen.connect(self.go_to)
        window.show()

    def show_explanation(self, record: RenderRecord) -> None:
        from lmd_desktop.ui.picture_window import PictureWindow

        sheet = QImage.fromData(self._workspace.pictures.explanation(record.sha256) or b"")
        if sheet.isNull():
            raise UserError("This picture has no sheet of attention.", "Render it again with “Explain”.")
        PictureWindow(sheet, self.tr("Attention of {0}").format(self._name(record)), self._window).show()

    def export_bare(self) -> None:
        """The picture on the canvas, else the newest, without a word about how it came to be."""
        renders = self._workspace.session.renders
        record = self._window.backdrop.record or (renders[-1] if renders else None)
        self._window.files.export_picture(record, has_metadata=False)

    def copy(self, record: RenderRecord) -> None:
        QGuiApplication.clipboard().setImage(self._image(record))

    def _image(self, record: RenderRecord) -> QImage:
        image = picture_of(self._workspace.pictures, record.sha256)
        if image is None:
            raise UserError("This picture is missing.", "Render it again from its turn.")
        return image

    def _name(self, record: RenderRecord) -> str:
        turn = record.turn or self.tr("start")
        return self.tr("{0}, seed {1}, turn {2}").format(
            self.method_title(record.request.method), record.request.seed, turn
        )

    # From outside

    def take_picture(self, path: Path) -> None:
        """Show what a dropped picture says of itself, and ask what to take from it; raises UserError."""
        from lmd_desktop.app.dropped_picture import read_dropped
        from lmd_desktop.ui.dropped_picture_dialog import DroppedPictureDialog

        dialog = DroppedPictureDialog(read_dropped(path), self._window)
        dialog.scene_asked.connect(lambda picture: self._window.files.open_path(picture.path))
        dialog.prompt_asked.connect(self._take_prompt)
        dialog.settings_asked.connect(self._take_settings)
        dialog.open()

    def _take_prompt(self, picture: DroppedPicture) -> None:
        from lmd_desktop.app.dropped_picture import prompt_into

        session = self._workspace.session
        session.edit(self.tr("Take the prompt of a picture"), prompt_into(session.layout, picture))

    def _take_settings(self, picture: DroppedPicture) -> None:
        from lmd_desktop.app.dropped_picture import settings_into

        session = self._workspace.session
        session.set_render_settings(settings_into(session.render_settings, picture))
