"""Servers for the tests: most need one of their own for a moment, on ports that the system chooses."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from roomcast import Limits, Room, join
from roomcast.hosting import HostedServer
from roomcast.server.server import Server

FAST = {"rate": 100_000.0, "burst": 100_000}  # limits for tests that are not about the rate


@pytest.fixture
def start_server() -> Iterator[Callable[..., Server]]:
    """start_server(rate=…, …) → a running server, with these limits."""
    with ExitStack() as stack:

        def start(*, show: Any = None, port: int = 0, **limits: Any) -> Server:
            server = Server(Limits(**{**FAST, **limits}), host="127.0.0.1", port=port, starter_port=0, show=show)
            hosted = HostedServer(server)
            hosted.start()
            stack.callback(hosted.close)
            server.close_now = hosted.close  # type: ignore[attr-defined]
            return server

        yield start


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    """A running server, whose starter clients go into the room "dots"."""
    return start_server()


@pytest.fixture
def enter(server: Server) -> Iterator[Callable[..., Room]]:
    """enter("red") → a player in the room "dots" of `server`, who leaves at the end."""
    with ExitStack() as stack:
        yield lambda name="", room="dots": stack.enter_context(join(f"127.0.0.1:{server.port}/{room}", name=name))
