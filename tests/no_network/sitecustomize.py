"""Refuses every network socket in this interpreter; Python imports it at start when its folder is on PYTHONPATH.

An audit hook sees sockets of every library, cannot be taken out again, and needs no import of ``socket``.
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
    is_made = event == "socket.__new__" and arguments[1] not in (AF_UNIX, FAMILY_OF_DESCRIPTOR)
    # Windows has no socket pairs but over the loopback.
    is_outside = event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in LOOPBACK
    if is_outside or event in LOOK_UPS or (is_made and os.name != "nt"):
        raise RuntimeError(f"tests must not use the network: {event} {arguments[1:]}")


sys.addaudithook(refuse_network)
