"""Asks for a model of the person's own and adds it: from the menu, the models page and the card of first steps."""

from __future__ import annotations

from lmd_desktop.app.model_library import ModelLibrary
from lmd_desktop.ui.file_dialogs import FileDialogs


def add_file(library: ModelLibrary, dialogs: FileDialogs) -> None:
    path = dialogs.model_file_to_add(None)
    if path is not None:
        library.add(path)


def add_folder(library: ModelLibrary, dialogs: FileDialogs) -> None:
    path = dialogs.model_folder_to_add(None)
    if path is not None:
        library.add(path)
