"""The one style sheet of the panels: cards of the dialog, muted texts, the primary button. Palette roles only."""

from __future__ import annotations

PANEL_STYLE = """
QFrame[card] { border-radius: 7px; border: 1px solid transparent; background: palette(base); }
QFrame[card="request"] { background: palette(midlight); }
QFrame[card="plan"], QFrame[card="answer"] { border-color: palette(midlight); }
QFrame[card="edit"] { border-color: palette(midlight); border-left: 3px solid palette(highlight); }
QFrame[card="problem"] { border: 1px solid palette(bright-text); }
QFrame[card][isHead="true"] { border-color: palette(highlight); }
QFrame[card]:focus { border-color: palette(link); }
QFrame[card][isFound="true"] { border: 2px solid palette(link); }
QFrame[card] QLabel { background: transparent; border: none; }
QFrame[card][isAhead="true"] QLabel { color: palette(placeholder-text); }
QFrame[card] QLineEdit {
    border: none; border-bottom: 1px solid palette(midlight); background: transparent; padding: 1px;
}
QFrame[card] QLineEdit:focus { border-bottom: 1px solid palette(highlight); }
QFrame[card] QToolButton { border: none; border-radius: 4px; padding: 1px 5px; color: palette(link); }
QFrame[card] QToolButton:hover { background: palette(midlight); }
QFrame[card] QToolButton:disabled { color: palette(placeholder-text); }
QLabel[who] { font-weight: 600; }
QLabel[muted="true"] { color: palette(placeholder-text); }
QLabel[problem="true"] { color: palette(bright-text); }
QToolButton[fold="true"] { border: none; text-align: left; padding: 3px 0px; font-weight: 600; }
QScrollArea { background: transparent; }
QTreeWidget#branch_tree { background: palette(base); border: 1px solid palette(midlight); border-radius: 5px; }
QToolBar#side_rail { background: palette(window); border: none; border-left: 1px solid palette(midlight); }
QListView#results { background: palette(alternate-base); padding-top: 5px; }
QPlainTextEdit#composer { border: 1px solid palette(mid); border-radius: 6px; padding: 3px; background: palette(base); }
QPlainTextEdit#composer:focus { border-color: palette(highlight); }
QCheckBox::indicator:unchecked {
    width: 12px; height: 12px; border-radius: 3px;
    border: 1px solid palette(placeholder-text); background: palette(base);
}
QPushButton[primary="true"] {
    background: palette(highlight); color: palette(highlighted-text);
    border: none; border-radius: 6px; padding: 8px 14px; font-weight: 600;
}
QPushButton[beside="true"] {
    padding: 7px 14px; border-radius: 6px; border: 1px solid palette(mid); background: palette(button);
}
QPushButton[beside="true"]:hover { background: palette(midlight); }
QPushButton[beside="true"]:disabled { color: palette(placeholder-text); border-color: palette(midlight); }
QPushButton[primary="true"]:hover { border: 2px solid palette(link); padding: 6px 12px; }
QPushButton[primary="true"]:disabled { background: palette(midlight); color: palette(placeholder-text); }
QPushButton[primary="true"]:focus { border: 2px solid palette(link); padding: 6px 12px; }
"""
