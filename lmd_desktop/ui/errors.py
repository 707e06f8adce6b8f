"""The one place that tells errors to the person, whoever raised them, and keeps them for later."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.scene import Scene

if TYPE_CHECKING:
    from lmd_desktop.app.problem_report import Problem

MAX_KEPT = 100


class ErrorReporter(QObject):
    """The same error in a row is shown once at a time. ``problems`` are those of this run, newest first."""

    happened = Signal()

    def __init__(self, parent: QWidget, scene: Callable[[], Scene]) -> None:
        """``scene`` is asked for the texts that a report must not hold."""
        super().__init__(parent)
        self._window = parent
        self._scene = scene
        self._open: set[str] = set()
        self.problems: deque[Problem] = deque(maxlen=MAX_KEPT)

    def show_error(self, error: BaseException, details: str = "") -> None:
        """A UserError in its own words; anything else as a fault of the program, with a report to copy."""
        import traceback
        from datetime import datetime

        from lmd_desktop.app.problem_report import Problem

        trace = details or "".join(traceback.format_exception(error))
        if isinstance(error, UserError):
            cause, next_step = error.cause, error.next_step
        else:
            cause = self.tr("Something went wrong inside the program: {0}").format(str(error) or type(error).__name__)
            next_step = self.tr("Your scene is still here; save it. The report says what happened.")
        problem = Problem(datetime.now().astimezone(), cause, next_step, trace)
        self.problems.appendleft(problem)
        self.happened.emit()
        if cause not in self._open:
            self._tell(problem)

    def report(self, problem: Problem, *, has_texts: bool) -> str:
        """What can be pasted into a bug report."""
        from lmd_desktop.app.problem_report import report_of

        return report_of(problem, self._scene(), has_texts=has_texts)

    def _tell(self, problem: Problem) -> None:
        from lmd_desktop.ui.error_dialog import ErrorDialog

        self._open.add(problem.cause)
        dialog = ErrorDialog(problem, lambda has_texts: self.report(problem, has_texts=has_texts), self._window)
        dialog.finished.connect(lambda: self._open.discard(problem.cause))
        dialog.open()
