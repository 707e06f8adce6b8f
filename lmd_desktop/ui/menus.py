"""The menus of the window: every command by name, with its keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from lmd_desktop.ui.canvas_bar import fill_arrange_menu
from lmd_desktop.ui.dialog_menu import fill_dialog_menu
from lmd_desktop.ui.results_menu import fill_results_menu
from lmd_desktop.ui.theme import icon

if TYPE_CHECKING:
    from lmd_desktop.ui.main_window import MainWindow

Keys = tuple[str | QKeySequence.StandardKey, ...]
Standard = QKeySequence.StandardKey


class Menus(QObject):
    """Built once; recent files, devices and the theme's mark follow the settings."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._bar = window.menuBar()
        self._files()
        self._edit()
        self._box()
        self._dialog()
        self._render()
        self._models()
        self._view()
        self._windows()
        self._help()
        window.workspace.settings.changed.connect(self._mark_theme)

    def _files(self) -> None:
        files = self._window.files
        menu = self._menu(self.tr("&File"))
        self._add(menu, "new", self.tr("&New"), files.new, (Standard.New,), icon_name="new")
        self._add(menu, "open", self.tr("&Open…"), files.open, (Standard.Open,), icon_name="open")
        self.recent = menu.addMenu(self.tr("Open &Recent"))
        self.recent.setObjectName("menu_recent")
        self.recent.aboutToShow.connect(self._fill_recent)
        menu.addSeparator()
        self._add(menu, "save", self.tr("&Save"), files.save, (Standard.Save,), icon_name="save")
        self._add(menu, "save_as", self.tr("Save &As…"), files.save_as, ("Ctrl+Shift+S",))
        exchange = self._window.exchange
        self._add(menu, "save_copy", self.tr("Save a &Copy…"), exchange.save_copy)
        menu.addSeparator()
        imports = menu.addMenu(self.tr("&Import"))
        self._add(imports, "import_picture", self.tr("Import &PNG…"), files.import_picture)
        self._add(imports, "import_layout", self.tr("Import a &Layout…"), exchange.import_layout)
        exports = menu.addMenu(self.tr("&Export"))
        self._add(exports, "export_picture", self.tr("Export &PNG…"), self._window.export_picture, ("Ctrl+E",))
        bare = self.tr("Export PNG &Without Metadata…")
        self._add(exports, "export_bare_picture", bare, self._window.results.export_bare)
        self._add(exports, "export_layers", self.tr("Export La&yers (OpenRaster)…"), exchange.export_layers)
        self._add(exports, "export_layout", self.tr("Export the &Layout (JSON)…"), exchange.export_layout)
        bundle = self._window.around.export_bundle
        self.export_bundle = self._add(exports, "export_bundle", self.tr("Export &Models (Bundle)…"), bundle)
        self._add(menu, "recover", self.tr("Reco&ver…"), exchange.recover)
        menu.addSeparator()
        self._add(menu, "close", self.tr("&Close"), self._window.close, ("Ctrl+W",))
        quit_action = self._add(menu, "quit", self.tr("&Quit"), self._window.close, ("Ctrl+Q",))
        quit_action.setMenuRole(QAction.MenuRole.QuitRole)

    def _fill_recent(self) -> None:
        self.recent.clear()
        paths = self._window.workspace.settings.value.recent_files
        for path in paths:
            action = self.recent.addAction(path.name)
            action.setToolTip(str(path))
            action.setStatusTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: self._window.files.open_path(path))
        if not paths:
            self.recent.addAction(self.tr("No scene was opened or saved yet")).setEnabled(False)

    def _edit(self) -> None:
        stack = self._window.workspace.session.undo_stack
        menu = self._menu(self.tr("&Edit"))
        undo = stack.createUndoAction(menu, self.tr("&Undo"))
        undo.setShortcuts([QKeySequence("Ctrl+Z")])
        undo.setProperty("sheetName", self.tr("Undo"))
        redo = stack.createRedoAction(menu, self.tr("&Redo"))
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        redo.setProperty("sheetName", self.tr("Redo"))
        for action, name in ((undo, "undo"), (redo, "redo")):
            action.setObjectName(name)
            action.setIcon(icon(name))
            menu.addAction(action)
            self._window.addAction(action)
        menu.addSeparator()
        self._add_canvas(menu, "cut", "copy", "copy_layout", "paste", "duplicate", "delete", "", "select_all")
        menu.addSeparator()
        around = self._window.around
        settings = self._add(
            menu, "settings", self.tr("&Settings…"), around.show_settings, ("Ctrl+,",), icon_name="settings"
        )
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)

    def _box(self) -> None:
        menu = self._menu(self.tr("&Box"))
        self._add_canvas(menu, "select_tool", "box_tool", "hand_tool", "", "rename", "lock", "hide", "disable", "")
        self._add_canvas(menu, "to_front", "raise", "lower", "to_back", "")
        nudges = menu.addMenu(self.tr("&Nudge"))
        for direction in ("left", "right", "up", "down"):
            self._add_canvas(nudges, f"nudge_{direction}", f"nudge_{direction}_far")
        fill_arrange_menu(menu.addMenu(self.tr("&Arrange")), self._window.canvas)
        self._add_canvas(menu.addMenu(self.tr("&Group")), "group", "ungroup", "select_group")
        menu.addSeparator()
        self._add_canvas(menu, "guides", "snap_centres", "snap_thirds", "grid")

    def _dialog(self) -> None:
        dialog = self._window.dialog_panel
        menu = self._menu(self.tr("&Dialog"))
        self._add(menu, "focus_prompt", self.tr("&Write a Request"), self._window.focus_prompt, ("Ctrl+L",))
        self.send = self._add(menu, "send_request", self.tr("&Send"), dialog.send, icon_name="send")
        self.stop_planner = self._add(menu, "stop_planner", self.tr("Stop the &LLM"), dialog.stop, icon_name="stop")
        fill_dialog_menu(menu, self._add, dialog)

    def _render(self) -> None:
        window = self._window
        menu = self._menu(self.tr("&Render"))
        keys = ("Ctrl+Return", "Ctrl+Enter")
        self._add(menu, "render_now", self.tr("&Render"), window.render_now, keys, icon_name="render")
        fill_results_menu(menu, self._add, window)
        queue = window.workspace.queue
        stops = menu.addMenu(icon("stop"), self.tr("&Stop"))
        self._add(stops, "stop_all", self.tr("Stop &Now"), window.stop_all, ("Shift+Esc",), icon_name="stop")
        stop_after = queue.stop_after_this
        self._add(stops, "stop_after_this", self.tr("Stop &After This Job"), stop_after, ("Ctrl+Shift+X",))
        self._add(stops, "skip_job", self.tr("S&kip to the Next Job"), queue.skip, ("Ctrl+Shift+K",))
        self._add(menu, "show_jobs", self.tr("Show the &Jobs"), window.show_jobs, ("Ctrl+J",))
        menu.addSeparator()
        results = window.results_panel
        self._add(menu, "newer_result", self.tr("&Newer Picture"), lambda: results.step(-1), ("Ctrl+Left",))
        self._add(menu, "older_result", self.tr("&Older Picture"), lambda: results.step(1), ("Ctrl+Right",))
        self.show_backdrop = self._add(menu, "show_backdrop", self.tr("Show the Picture Under the &Boxes"), None)
        self.show_backdrop.setCheckable(True)
        self.show_backdrop.setChecked(True)
        self.show_backdrop.toggled.connect(window.backdrop.set_shown)

    def _models(self) -> None:
        window = self._window
        menu = self._menu(self.tr("&Models"))
        around = window.around
        self._add(menu, "models", self.tr("&Models…"), around.show_models, icon_name="model")
        menu.addSeparator()
        self._add(menu, "choose_planner", self.tr("Choose &Planner (GGUF)…"), window.choose_planner)
        self._add(menu, "choose_painter", self.tr("Choose Painter &Folder…"), window.choose_painter_folder)
        self._add(menu, "choose_painter_file", self.tr("Choose Painter &Checkpoint…"), window.choose_painter_file)
        self._add(menu, "add_model_file", self.tr("Add a Model F&ile…"), around.add_model_file, icon_name="add")
        self._add(menu, "add_model_folder", self.tr("Add a Model F&older…"), around.add_model_folder)
        self._add(menu, "import_bundle", self.tr("Import a &Bundle…"), around.import_bundle)
        menu.addAction(self.export_bundle)
        self._add(menu, "search_models", self.tr("Sea&rch This Computer"), lambda: around.library().search())
        self._add(menu, "verify_models", self.tr("&Verify the Models in Use"), around.verify_models)
        menu.addSeparator()
        self._add(menu, "use_starters", self.tr("Back to the &Starter Models"), window.workspace.models.use_starters)
        menu.addSeparator()
        self.devices = menu.addMenu(self.tr("&Device"))
        self.devices.setObjectName("menu_device")
        self.devices.aboutToShow.connect(self._fill_devices)

    def _fill_devices(self) -> None:
        models = self._window.workspace.models
        self.devices.clear()
        group = QActionGroup(self.devices)
        for device in dict.fromkeys(("auto", *self._window.workspace.rendering.devices, models.device())):
            action = self.devices.addAction(self.tr("Automatic") if device == "auto" else device)
            action.setCheckable(True)
            action.setChecked(device == models.device())
            action.triggered.connect(lambda _checked=False, device=device: models.choose_device(device))
            group.addAction(action)

    def _view(self) -> None:
        window = self._window
        menu = self._menu(self.tr("&View"))
        self._add_canvas(menu, "zoom_in", "zoom_out", "zoom_actual", "fit", "zoom_selection", "")
        self._add_canvas(menu, "boxes", "labels", "rulers")
        self.overlays = menu.addMenu(self.tr("&Overlays"))
        menu.addSeparator()
        for dock in window.docks:
            menu.addAction(dock.toggleViewAction())
        self._add(menu, "reset_panels", self.tr("&Reset the Panels"), window.reset_panels)
        self._add(menu, "next_pane", self.tr("Next &Pane"), window.focus_next_pane, ("F6",))
        menu.addSeparator()
        themes = menu.addMenu(self.tr("&Theme"))
        settings = window.workspace.settings
        self._themes: dict[str, QAction] = {}
        names = {
            "system": self.tr("As the &System"),
            "light": self.tr("&Light"),
            "dark": self.tr("&Dark"),
        }
        group = QActionGroup(self)
        for theme, name in names.items():
            action = self._add(themes, f"theme_{theme}", name, lambda theme=theme: settings.set(theme=theme))
            action.setCheckable(True)
            group.addAction(action)
            self._themes[theme] = action
        self._mark_theme()

    def _mark_theme(self) -> None:
        chosen = self._themes.get(self._window.workspace.settings.value.theme)
        if chosen is not None:
            chosen.setChecked(True)

    def _windows(self) -> None:
        window, around = self._window, self._window.around
        menu = self._menu(self.tr("&Window"))
        self._add(menu, "new_window", self.tr("&New Window"), around.new_window, ("Ctrl+Shift+N",))
        self._add(menu, "full_screen", self.tr("&Full Screen"), window.switch_full_screen, (Standard.FullScreen,))
        self._add(menu, "minimise", self.tr("&Minimise"), window.showMinimized)

    def _help(self) -> None:
        around = self._window.around
        menu = self._menu(self.tr("&Help"))
        self._add(
            menu, "palette", self.tr("Find a &Command…"), around.show_palette, ("Ctrl+Shift+P",), icon_name="search"
        )
        self._add(menu, "shortcuts", self.tr("&Keyboard Shortcuts"), around.show_shortcuts, ("F1", "?"))
        menu.addSeparator()
        self._add(menu, "problems", self.tr("&Problems…"), around.show_problems, icon_name="warning")
        self._add(menu, "diagnostics", self.tr("&Diagnostics…"), around.show_diagnostics)
        self._add(menu, "open_logs", self.tr("Open the &Logs Folder"), around.open_logs, icon_name="folder")
        menu.addSeparator()
        self._add(menu, "licences", self.tr("L&icences…"), around.show_licences)
        about = self._add(menu, "about", self.tr("&About LMD Desktop"), around.show_about, icon_name="info")
        about.setMenuRole(QAction.MenuRole.AboutRole)

    def _menu(self, title: str) -> QMenu:
        menu = self._bar.addMenu(title)
        menu.setToolTipsVisible(True)
        return menu

    def _add_canvas(self, menu: QMenu, *names: str) -> None:
        """Actions of the canvas by name; an empty name is a line between them."""
        for name in names:
            if name:
                menu.addAction(self._window.canvas.actions_by_name[name])
            else:
                menu.addSeparator()

    def _add(
        self,
        menu: QMenu,
        name: str,
        text: str,
        slot: Callable[[], object] | None,
        keys: Keys = (),
        *,
        icon_name: str | None = None,
    ) -> QAction:
        action = menu.addAction(text)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if icon_name is not None:
            action.setIcon(icon(icon_name))
        if slot is not None:
            action.triggered.connect(lambda _checked=False: slot())
        self._window.addAction(action)
        return action
