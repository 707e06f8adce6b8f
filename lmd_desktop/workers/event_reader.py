"""Turns the bytes that a worker sent into an event, and into nothing else.

A worker works on files of strangers with native libraries; what comes out of it is not trusted more than those files.
Pickle is only the form here: no class is looked up but our own messages and values, so nothing can be called.
"""

from __future__ import annotations

import io
import pickle
from typing import Any, cast

from lmd_desktop.workers import messages
from lmd_desktop.workers.messages import Event

VALUES = "lmd_desktop.domain."


class UnreadableEvent(Exception):
    """What came through the pipe is not one of our events."""


def read_event(message: bytes) -> Event:
    """The event that a message holds; raises UnreadableEvent for anything else."""
    event = read_value(message)
    if not isinstance(event, Event):
        raise UnreadableEvent(f"{type(event).__name__} is not an event")
    return event


def read_value(message: bytes) -> object:
    """The message or value of the domain that the bytes hold; raises UnreadableEvent for anything else."""
    try:
        return _Reader(io.BytesIO(message)).load()
    except Exception as error:  # damaged pickles raise whatever their bytes lead to
        raise UnreadableEvent(str(error)) from error


class _Reader(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if module_name == messages.__name__ or module_name.startswith(VALUES):
            found: object = super().find_class(module_name, global_name)
            if isinstance(found, type) and found.__module__ == module_name and not issubclass(found, BaseException):
                return cast(type[object], found)
        raise UnreadableEvent(f"{module_name}.{global_name} is no part of an event")
