"""Which requests may open a WebSocket here."""

from http import HTTPStatus

import pytest

from roomcast.transports import handshake
from roomcast.transports.http_message import Request


def asked(host: str | None, origin: str | None) -> bool:
    fields = [(name, value) for name, value in (("Host", host), ("Origin", origin)) if value is not None]
    request = Request.to("/", fields)
    response = handshake.refusal(request)
    assert response is None or response.status == HTTPStatus.FORBIDDEN
    assert handshake.same_origin(request) is (response is None)
    return response is None


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


def test_two_hosts_or_two_origins_are_no_page_of_this_server() -> None:
    host, origin = ("Host", "example.org"), ("Origin", "http://example.org")
    assert handshake.same_origin(Request.to("/", [host, origin]))
    assert not handshake.same_origin(Request.to("/", [host, origin, ("origin", "http://evil.com")]))
    assert not handshake.same_origin(Request.to("/", [host, ("HOST", "evil.com"), origin]))


@pytest.mark.parametrize(
    ("value", "is_upgrade"), [("websocket", True), ("WebSocket", True), ("h2c", False), (None, False)]
)
def test_an_upgrade_is_asked_for_by_name(value: str | None, is_upgrade: bool) -> None:
    assert handshake.is_upgrade(Request.to("/", [("Upgrade", value)] if value is not None else [])) is is_upgrade


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([], None),
        (["roomcast.1"], "roomcast.1"),
        (["chat, roomcast.1"], "roomcast.1"),
        (["chat ,\troomcast.1 ,"], "roomcast.1"),
        (["chat", "roomcast.1"], "roomcast.1"),
        (["roomcast.2"], None),
        (["roomcast.10, xroomcast.1"], None),
    ],
)
def test_our_subprotocol_is_confirmed_where_it_is_offered(offered: list[str], chosen: str | None) -> None:
    assert handshake.subprotocol(Request.to("/", [("Sec-WebSocket-Protocol", one) for one in offered])) == chosen
