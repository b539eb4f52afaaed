"""Projects on real servers, on a screen that nobody sees."""

from tests.integration.conftest import server, start_server

__all__ = ["server", "start_server"]
