"""The route table of the HTTP port: what is at which path."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from roomcast.server.pages import Pages
from roomcast.transports.http_message import Request, Response

RouteHandler: TypeAlias = Callable[[Request, str], Response]
"""Makes the response to a request; the second argument is the part of the path for which `*` stands in the route."""


class Route(NamedTuple):
    """Paths, and what answers requests for them. A path that ends in `*` matches any that begins so."""

    path: str
    handler: RouteHandler


class Routes:
    """A table of routes. The first that matches the path of a request answers it."""

    def __init__(self, *routes: Route) -> None:
        self._routes = routes

    def respond(self, request: Request) -> Response:
        """The response to a request. Raises `LookupError` where no route matches: let the last be `*`."""
        for path, handler in self._routes:
            if request.path == path and not path.endswith("*"):
                return handler(request, "")
            if path.endswith("*") and request.path.startswith(path[:-1]):
                return handler(request, request.path[len(path) - 1 :])
        raise LookupError(f"no route matches {request.path!r}")


def routes(pages: Pages) -> Routes:
    """What a server answers. Each page, script and picture of the site is a file."""
    return Routes(
        Route("/healthz", pages.health),
        Route("/rooms.json", pages.rooms),
        Route("/qr.svg", pages.qr),
        Route("/code/*", pages.code),
        Route("*", pages.file),
    )
