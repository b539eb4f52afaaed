"""The route table of the HTTP port: what is at which path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import NamedTuple, TypeAlias

from roomcast.server.kind_pages import KindPages
from roomcast.server.learn_pages import LearnPages
from roomcast.server.own_pages import OwnPages
from roomcast.server.pages import Pages
from roomcast.server.site_folder import SiteFolder
from roomcast.transports.http_message import Request, Response
from roomcast.transports.request_head import METHODS

RouteHandler: TypeAlias = Callable[[Request, str], Response]
"""Makes the response to a request; the second argument is the part of the path for which `*` stands in the route."""


class Route(NamedTuple):
    """Paths, and what answers requests for them. A path that ends in `*` matches any that begins so."""

    path: str
    handler: RouteHandler
    shared: bool = False  # pages of other sites may read it, where they are allowed


class Routes:
    """A table of routes. The first that matches the path of a request answers it.

    `sharing` makes the header fields of what is shared with pages of other sites.
    """

    def __init__(self, *routes: Route, sharing: Callable[[Request], Mapping[str, str]] = lambda request: {}) -> None:
        self._routes = routes
        self._sharing = sharing

    def respond(self, request: Request) -> Response:
        """The response to a request. Raises `LookupError` where no route matches: let the last be `*`."""
        route, rest = self._find(request.path)
        more = self._sharing(request) if route.shared else {}
        if request.method == "OPTIONS":
            return _options(more)
        response = route.handler(request, rest)
        return replace(response, headers={**response.headers, **more}) if more else response

    def _find(self, target: str) -> tuple[Route, str]:
        """The route for a path, and the part of the path for which its `*` stands."""
        for route in self._routes:
            path = route.path
            if target == path and not path.endswith("*"):
                return route, ""
            if path.endswith("*") and target.startswith(path[:-1]):
                return route, target[len(path) - 1 :]
        raise LookupError(f"no route matches {target!r}")


def _options(more: Mapping[str, str]) -> Response:
    """What may be asked (RFC 9110, section 9.3.7), also for a browser that asks this before a page of another site."""
    methods = ", ".join(METHODS)
    allowed = {"Access-Control-Allow-Methods": methods} if "Access-Control-Allow-Origin" in more else {}
    return Response(HTTPStatus.NO_CONTENT, {"Allow": methods, "Cache-Control": "no-store", **more, **allowed})


def routes(
    pages: Pages,
    sharing: Callable[[Request], Mapping[str, str]],
    folder: SiteFolder | None = None,
    learn: LearnPages | None = None,
    kinds: KindPages | None = None,
) -> Routes:
    """What a server answers. Each page, script and picture of the site is a file.

    `folder`: of the user's own, whose files come before the pages of the site. `learn`: the docs, by default those that
    are built into the package. `kinds`: rooms with pages of their own in the folder.
    """
    docs = learn or LearnPages()

    def in_thread(request: Request, path: str) -> Response:
        return docs.made(request) if docs.has(request.path) else pages.file(request, path)

    # Where there is a folder, it is looked into first, in a thread, and what is not there is answered in that thread.
    own = None if folder is None else OwnPages(folder, in_thread, kinds).respond
    return Routes(
        Route("/healthz", pages.health),
        Route("/rooms.json", pages.rooms, shared=True),
        Route("/qr.svg", pages.qr),
        Route("/code/*", pages.code, shared=True),
        Route("/roomcast.js", pages.library, shared=True),
        Route("/js/*", pages.library, shared=True),
        Route("/roomcast/*", pages.library),
        *(Route(path, docs.respond) for path in ("/learn", "/learn/*") if own is None),
        Route("*", own or pages.file),
        sharing=sharing,
    )
