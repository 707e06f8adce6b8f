"""The one place that tells errors to the person, whoever raised them."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from lmd_desktop.domain.errors import UserError


class ErrorReporter(QObject):
    """The one place that shows errors. The same error in a row is shown once at a time."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._open: set[str] = set()

    def show_error(self, error: BaseException, details: str = "") -> None:
        """A UserError in its own words; anything else as a fault of the program, with a report to copy."""
        import traceback

        from lmd_desktop.ui.error_dialog import ErrorDialog, report

        trace = details or "".join(traceback.format_exception(error))
        if isinstance(error, UserError):
            cause, next_step = error.cause, error.next_step
        else:
            cause = self.tr("Something went wrong inside the program: {0}").format(str(error) or type(error).__name__)
            next_step = self.tr("Your scene is still here; save it. The report says what happened.")
        if cause in self._open:
            return
        self._open.add(cause)
        dialog = ErrorDialog(cause, next_step, report=report(cause, next_step, trace), parent=self._window)
        dialog.finished.connect(lambda: self._open.discard(cause))
        dialog.open()
