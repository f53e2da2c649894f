"""The guard of conftest.py itself: loopback passes, the world does not."""

import socket

import pytest


def test_loopback_passes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), 1):
        pass


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_the_world_does_not(host: str, stays_on_this_machine: list[str]) -> None:
    with pytest.raises(PermissionError, match="may not leave this machine"):
        socket.create_connection((host, 80), 1)
    assert len(stays_on_this_machine) == 1
    stays_on_this_machine.clear()
