"""Refuses every network socket in this interpreter; Python imports it at start when its folder is on PYTHONPATH.

An audit hook sees sockets of every library, cannot be taken out again, and needs no import of ``socket``. Every attempt
is noted in the file that LMD_TEST_ATTEMPTS names, because a library may swallow the refusal. LMD_TEST_LOOPBACK allows
a test to talk to a server of its own on this machine.
"""

from __future__ import annotations

import os
import sys

AF_UNIX, FAMILY_OF_DESCRIPTOR = 1, -1
LOOPBACK = ("127.0.0.1", "::1")
LOOK_UPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


def refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    has_loopback = os.name == "nt" or os.environ.get("LMD_TEST_LOOPBACK") == "1"
    is_made = event == "socket.__new__" and arguments[1] not in (AF_UNIX, FAMILY_OF_DESCRIPTOR)
    # Windows has no socket pairs but over the loopback.
    is_outside = event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in LOOPBACK
    is_look_up = event in LOOK_UPS and not (has_loopback and _text(arguments[0]) in LOOPBACK)
    if is_outside or is_look_up or (is_made and not has_loopback):
        _note(f"{event} {arguments[1:]}")
        raise RuntimeError(f"tests must not use the network: {event} {arguments[1:]}")


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def _note(attempt: str) -> None:
    path = os.environ.get("LMD_TEST_ATTEMPTS")
    if path:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - imported before anything else
            file.write(f"{os.getpid()} {attempt}\n")


sys.addaudithook(refuse_network)
