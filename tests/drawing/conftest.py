"""Games with windows, by real programs on a screen that nobody sees."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from roomcast.server.server import Server
from tests.drawing.table import Game, Table
from tests.integration.conftest import server, start_server

__all__ = ["server", "start_server"]


@pytest.fixture
def table(display: str, server: Server) -> Iterator[Callable[[Game], Table]]:
    """table(TAG) → where players sit down at that game."""
    with ExitStack() as stack:
        yield lambda game: Table(game, display, server, stack)
