"""Pages of which sites may use a server."""

import pytest

from roomcast.errors import CannotServe
from roomcast.server.origins import Origins
from roomcast.transports.http_message import Request


def asked(host: str | None, origin: str | None, *allowed: str) -> bool:
    fields = [(name, value) for name, value in (("Host", host), ("Origin", origin)) if value is not None]
    return Origins(allowed).include(Request.to("/", fields))


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("192.168.1.20:8112", "http://192.168.1.20:8112"),
        ("Class-PC.local:8112", "http://class-pc.local:8112"),
        ("class-pc:8112", "HTTP://Class-PC:8112"),
        ("[fd00::1]:8112", "http://[fd00::1]:8112"),
        ("example.org", "http://example.org"),
        ("example.org:80", "http://example.org"),
        ("example.org:443", "https://example.org"),  # a proxy may put the usual port in
        ("example.org", "https://example.org:443"),
        ("example.org", None),  # no browser
        (None, None),
    ],
)
def test_a_page_of_this_server_and_a_program_may(host: str | None, origin: str | None) -> None:
    assert asked(host, origin)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("192.168.1.20:8112", "http://192.168.1.20:8113"),
        ("192.168.1.20:8112", "http://192.168.1.20"),
        ("192.168.1.20:8112", "null"),
        ("", "null"),
        ("", ""),
        ("", "http://"),
        (None, "http://"),
        ("null", "null"),
        ("example.org", "http://evil.example.org"),
        ("example.org", "http://example.org.evil.com"),
        ("example.org", "http://example.org/"),  # an origin has no path
        ("example.org:443", "http://example.org"),
        ("example.org", "file://example.org"),
        ("example.org", "http://example.org http://evil.com"),
    ],
)
def test_any_other_page_may_not(host: str | None, origin: str) -> None:
    assert not asked(host, origin)


def test_two_origins_are_no_page_of_this_server() -> None:
    host, origin = ("Host", "example.org"), ("Origin", "http://example.org")
    assert Origins().include(Request.to("/", [host, origin]))
    assert not Origins().include(Request.to("/", [host, origin, ("origin", "http://evil.com")]))


@pytest.mark.parametrize(
    ("allowed", "origin", "may"),
    [
        ("http://localhost:5173", "http://localhost:5173", True),
        ("http://localhost:5173", "http://localhost:5174", False),
        ("http://localhost:5173", "https://localhost:5173", False),
        ("http://localhost:5173", "http://localhost", False),
        ("http://localhost:80", "http://localhost", True),
        ("https://Play.Example.org", "https://play.example.org", True),
        ("https://play.example.org:443", "https://play.example.org", True),
        ("https://example.org", "https://play.example.org", False),
        ("https://example.org", "https://example.org.evil.com", False),
        ("*", "https://evil.example", True),
        ("*", "null", True),
        ("http://localhost:5173", "null", False),
    ],
)
def test_origins_that_are_allowed(allowed: str, origin: str, may: bool) -> None:
    assert asked("192.168.1.20:8112", origin, allowed) is may


@pytest.mark.parametrize(
    "origin",
    ["", "localhost:5173", "http://", "http://a/b", "http://a/", "http://a?x", "http://u@a", "null", "http://a b"],
)
def test_what_is_no_origin_is_refused_with_the_setting(origin: str) -> None:
    with pytest.raises(CannotServe, match=r"^--allow-origin: .* is no origin: give scheme, host and port"):
        Origins([origin])
