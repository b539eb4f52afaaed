"""Recipes are run as readers run them: programs with windows, pages in a browser."""

from tests.drawing.conftest import server, start_server, table
from tests.pages.conftest import browser, open_window

__all__ = ["browser", "open_window", "server", "start_server", "table"]
