"""The tutorial plays on real servers."""

from collections.abc import Callable, Iterator

import pytest

from tests.integration.conftest import RunningServer, start_server, unused_port
from tests.learn.terminals import Terminals

__all__ = ["start_server", "unused_port"]


@pytest.fixture
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    """A running server that keeps the seat of who is gone for a second only."""
    return start_server(seat_kept=1.0, resume_window=2.0)


@pytest.fixture
def terminals(server: RunningServer) -> Iterator[Terminals]:
    with Terminals(server) as several:
        yield several
