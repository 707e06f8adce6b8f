"""A worker whose libraries never get imported: the child tells through a named pipe that it has come so far."""

from __future__ import annotations

import os
from pathlib import Path

if os.environ["LMD_TEST_WINDOW"] != str(os.getpid()):
    with Path(os.environ["LMD_TEST_IMPORTS"]).open("w", encoding="utf-8") as pipe:
        pipe.write("importing\n")
    while True:
        pass


def run_hanging(connection: object) -> None:
    del connection
