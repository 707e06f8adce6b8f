"""The log for programs can be read line by line, and says which picture a line is about."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from lmd_desktop.app.json_log import JsonLines


def test_a_line_is_one_json_object_with_the_run_it_is_about(tmp_path: Path) -> None:
    log = logging.getLogger("test.json_log")
    handler = logging.FileHandler(tmp_path / "window.jsonl", encoding="utf-8")
    handler.setFormatter(JsonLines())
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        log.info("painted %s\nin a while", "abc", extra={"run": "r1"})
        try:
            raise ValueError("灯")
        except ValueError:
            log.error("nobody caught this", exc_info=sys.exc_info())
    finally:
        log.removeHandler(handler)
        handler.close()
    first, second = map(json.loads, (tmp_path / "window.jsonl").read_text(encoding="utf-8").splitlines())
    assert (first["level"], first["message"], first["run"]) == ("INFO", "painted abc\nin a while", "r1")
    assert "run" not in second
    assert "灯" in second["traceback"]
