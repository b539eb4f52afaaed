"""Which pages may open a WebSocket here."""

import pytest
from multidict import CIMultiDict
from picows import WSUpgradeRequest

from roomcast.transports.websocket import same_origin


def asked(host: str | None, origin: str | None) -> bool:
    request = WSUpgradeRequest()
    request.headers = CIMultiDict({"Host": host} if host is not None else {})
    if origin is not None:
        request.headers["Origin"] = origin
    return same_origin(request)


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
