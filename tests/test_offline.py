"""The test suite itself cannot reach the network, nor can the processes it starts."""

from __future__ import annotations

import multiprocessing
import socket
import subprocess
import sys

import pytest


def test_a_socket_of_the_network_is_refused() -> None:
    with pytest.raises(RuntimeError, match="must not use the network"):
        socket.create_connection(("192.0.2.1", 80), timeout=0.1)


def test_names_are_not_looked_up() -> None:
    with pytest.raises(RuntimeError, match="must not use the network"):
        socket.getaddrinfo("example.org", 443)


def test_a_child_process_is_refused_too() -> None:
    program = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=0.1)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "tests must not use the network" in result.stderr


def test_pipes_between_processes_still_work() -> None:
    ours, theirs = multiprocessing.Pipe()
    theirs.send("hello")
    assert ours.recv() == "hello"
