"""The route table."""

from http import HTTPStatus

import pytest

from roomcast.server.routes import Route, RouteHandler, Routes
from roomcast.transports.http_message import Request, Response


def named(name: str) -> RouteHandler:
    """A handler that says by which name it was found, and what stood for `*`."""
    return lambda request, rest: Response(HTTPStatus.OK, body=f"{name}:{rest}".encode())


TABLE = Routes(
    Route("/health", named("health")),
    Route("/code/*", named("code")),
    Route("/code/late", named("never")),
    Route("/c*", named("c")),
)


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("/health", "health:"),
        ("/health?a=b", "health:"),
        ("/code/", "code:"),
        ("/code/late", "code:late"),
        ("/code/a%2Fb?c=d", "code:a%2Fb"),
        ("/code", "c:ode"),
        ("/c*", "c:*"),
    ],
)
def test_the_first_route_that_matches_answers(target: str, found: str) -> None:
    assert TABLE.respond(Request.to(target)).body.decode() == found


@pytest.mark.parametrize("target", ["/", "/health/", "/healthy", "", "*", "/Health"])
def test_where_no_route_matches_the_table_says_so(target: str) -> None:
    with pytest.raises(LookupError, match="no route"):
        TABLE.respond(Request.to(target))
