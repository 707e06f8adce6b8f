"""Keeps a process off the network: Python's audit hook sees every socket and every look-up of a name, by any library.

A hook cannot be taken out again. A download therefore runs in a process of its own, which allows itself only the hosts
that the person was told (``allow_only``).
"""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
from collections.abc import Set

log = logging.getLogger(__name__)

AF_UNIX, FAMILY_OF_DESCRIPTOR = 1, -1
LOOPBACK = ("127.0.0.1", "::1")
LOOK_UPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


class OfflineError(OSError):
    """Something tried to go online. Libraries take it for a network that is not there."""

    def __init__(self, what: str) -> None:
        super().__init__(errno.ENETUNREACH, f"LMD Desktop does not go online ({what})")


def refuse_network() -> None:
    """From now on no socket of this process reaches the network; pipes and local sockets work as before."""
    sys.addaudithook(_refuse)
    # urllib3 tries out an IPv6 socket while it is imported, if there may be such a thing.
    socket.has_ipv6 = False


def allow_only(hosts: Set[str]) -> None:
    """From now on only these names are looked up; the set may grow while the process runs."""

    def check(event: str, arguments: tuple[object, ...]) -> None:
        if event in LOOK_UPS and _text(arguments[0]) not in hosts:
            raise OfflineError(f"{_text(arguments[0])} was not asked for")

    sys.addaudithook(check)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    is_made = event == "socket.__new__" and arguments[1] not in (AF_UNIX, FAMILY_OF_DESCRIPTOR)
    address = arguments[1] if event in ("socket.connect", "socket.sendto") and len(arguments) > 1 else None
    is_outside = isinstance(address, tuple) and address[:1] not in [(host,) for host in LOOPBACK]
    # Windows has no pairs of sockets but over the loopback.
    if is_outside or event in LOOK_UPS or (is_made and os.name != "nt"):
        log.warning("refused to go online: %s", event)
        raise OfflineError(event)


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
