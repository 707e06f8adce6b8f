"""Which mouse cursor says what a press would do."""

from __future__ import annotations

from PySide6.QtCore import Qt

from lmd_desktop.ui.canvas.geometry import Handle

HANDLE_CURSORS = {
    Handle.TOP_LEFT: Qt.CursorShape.SizeFDiagCursor,
    Handle.BOTTOM_RIGHT: Qt.CursorShape.SizeFDiagCursor,
    Handle.TOP_RIGHT: Qt.CursorShape.SizeBDiagCursor,
    Handle.BOTTOM_LEFT: Qt.CursorShape.SizeBDiagCursor,
    Handle.TOP: Qt.CursorShape.SizeVerCursor,
    Handle.BOTTOM: Qt.CursorShape.SizeVerCursor,
    Handle.LEFT: Qt.CursorShape.SizeHorCursor,
    Handle.RIGHT: Qt.CursorShape.SizeHorCursor,
}


def cursor_for(
    *,
    is_panning: bool,
    wants_pan: bool,
    is_on_knob: bool,
    draws: bool,
    handle: Handle | None,
    target_is_locked: bool | None,
) -> Qt.CursorShape:
    """``target_is_locked`` is None where there is no box."""
    if is_panning:
        return Qt.CursorShape.ClosedHandCursor
    if wants_pan:
        return Qt.CursorShape.OpenHandCursor
    if is_on_knob:
        return Qt.CursorShape.SplitHCursor
    if draws:
        return Qt.CursorShape.CrossCursor
    if handle is not None:
        return HANDLE_CURSORS[handle]
    if target_is_locked is None or target_is_locked:
        return Qt.CursorShape.ArrowCursor
    return Qt.CursorShape.SizeAllCursor
