"""The examples play on real servers, too."""

from tests.integration.conftest import often, server, start_server, unused_port

__all__ = ["often", "server", "start_server", "unused_port"]
