"""Random walks through the window end where they began after undo, and where they ended after redo."""

from __future__ import annotations

import pytest

from lmd_desktop.ui.main_window import MainWindow
from tests.benchmarks.walks import walk


@pytest.mark.parametrize("seed", [1, 2])
def test_undo_and_redo_of_a_random_walk_are_exact(window: MainWindow, seed: int) -> None:
    """The whole is ``python -m tests.benchmarks.walks``."""
    walked = walk(window, seed, 60)
    assert walked.steps > 10
    assert (walked.is_first_again, walked.is_last_again, walked.strays) == (True, True, 0)
