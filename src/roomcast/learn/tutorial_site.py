"""Where the tutorial's pages can be read in a browser: on a server that runs here already, or on one of our own."""

from __future__ import annotations

import http.client
import os
import sys
import webbrowser
from contextlib import closing
from typing import Final, Self

from roomcast.discovery.service import PORT
from roomcast.hosting import HostedServer
from roomcast.server.server import Server

_ANSWERS_WITHIN: Final = 2.0  # seconds


class TutorialSite:
    """A server for this computer alone, on a free port: the usual one is for the learner's own server."""

    def __init__(self) -> None:
        self._server = Server(host="127.0.0.1", port=0, starter_port=None)
        self._hosted = HostedServer(self._server)

    @property
    def address(self) -> str:
        """What a page's path is put after."""
        return f"http://127.0.0.1:{self._server.port}"

    def __enter__(self) -> Self:
        self._hosted.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._hosted.close()


def running_site(path: str) -> str | None:
    """The address of a server that runs on this computer and has this page.

    It is looked for where `roomcast serve` listens: ROOMCAST_PORT, or the usual port.
    """
    port = os.environ.get("ROOMCAST_PORT", "")
    address = f"127.0.0.1:{port if port.isdecimal() else PORT}"
    return f"http://{address}" if has_page(f"http://{address}", path) else None


def has_page(address: str, path: str) -> bool:
    """Whether the server at that address has this page."""
    with closing(http.client.HTTPConnection(address.removeprefix("http://"), timeout=_ANSWERS_WITHIN)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def open_in_browser(url: str) -> bool:
    """Show a page in the user's browser. False where there is no screen, or no browser that could."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False  # one that runs in the terminal would take it over
    try:
        return webbrowser.open(url)
    except (webbrowser.Error, OSError):
        return False
