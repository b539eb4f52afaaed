"""Where a room is, as people write it."""

import pytest

from roomcast.client.where import Where, parse_where
from roomcast.errors import BadArgument


@pytest.fixture(autouse=True)
def _no_server_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROOMCAST_SERVER", raising=False)


@pytest.mark.parametrize(
    ("written", "url", "room"),
    [
        ("dots", "ws://127.0.0.1:8112/", "dots"),
        ("  class 7b ", "ws://127.0.0.1:8112/", "class 7b"),
        ("Zoë?", "ws://127.0.0.1:8112/", "Zoë?"),
        ("100%", "ws://127.0.0.1:8112/", "100%"),
        ("192.168.1.20/dots", "ws://192.168.1.20:8112/", "dots"),
        ("192.168.1.20:9000/dots", "ws://192.168.1.20:9000/", "dots"),
        ("example.org/class%207b", "ws://example.org:8112/", "class 7b"),
        ("[::1]:9000/dots", "ws://[::1]:9000/", "dots"),
        ("[::1]/dots", "ws://[::1]:8112/", "dots"),
        ("ws://example.org/dots", "ws://example.org/dots", "dots"),
        ("ws://example.org:9000/play/dots", "ws://example.org:9000/play/dots", "dots"),
        ("wss://example.org/Zo%C3%AB", "wss://example.org/Zo%C3%AB", "Zoë"),
        ("http://example.org:8112/dots", "ws://example.org:8112/dots", "dots"),
        ("https://example.org/dots", "wss://example.org/dots", "dots"),
        ("WS://Example.org/dots", "ws://Example.org/dots", "dots"),
    ],
)
def test_a_room_is_found_however_it_is_written(written: str, url: str, room: str) -> None:
    assert parse_where(written) == Where(url, room)


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("192.168.1.20", "ws://192.168.1.20:8112/"),
        ("192.168.1.20:9000", "ws://192.168.1.20:9000/"),
        (" example.org:9000/ ", "ws://example.org:9000/"),
        ("[::1]:9000", "ws://[::1]:9000/"),
        ("", "ws://127.0.0.1:8112/"),
    ],
)
def test_the_environment_names_the_server_for_a_bare_name(
    monkeypatch: pytest.MonkeyPatch, server: str, url: str
) -> None:
    monkeypatch.setenv("ROOMCAST_SERVER", server)
    assert parse_where("class 7b") == Where(url, "class 7b")
    assert parse_where("example.org:1/dots") == Where("ws://example.org:1/", "dots")


@pytest.mark.parametrize("room", ["dots", "class 7b", "what?", "100%", "Zoë", "a#b"])
def test_the_environment_may_hold_an_address(monkeypatch: pytest.MonkeyPatch, room: str) -> None:
    monkeypatch.setenv("ROOMCAST_SERVER", "wss://example.org/play/")
    found = parse_where(room)
    assert found.room == room
    assert found.url.startswith("wss://example.org/play/")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "Name a room"),
        ("   ", "Name a room"),
        ("/dots", "no address of a server"),
        ("localhost:8112", "which room\\? Write it like localhost:8112/dots"),
        ("example.org/", "a room's name is empty"),
        ("example.org/a/b", "no '/'"),
        ("example.org:port/dots", "no address of a server"),
        ("example.org:99999/dots", "no address of a server"),
        ("ada@example.org/dots", "no address of a server"),
        ("[::1/dots", "no address of a server"),
        ("a\nb", "U\\+000A"),
        ("ftp://example.org/dots", "no address of a room"),
        ("ws://ada:secret@example.org/dots", "no address of a room"),
        ("ws://example.org/%ff", "a %-escape in the room's name that is no UTF-8"),
        ("example.org/do%fets", "a %-escape in the room's name that is no UTF-8"),
        ("ws://example.org", "no address of a room"),
        ("ws://example.org/", "no address of a room"),
        ("ws:///dots", "no address of a room"),
        ("ws://[::1/dots", "no address of a room"),
        ("ws://example.org:99999/dots", "no address of a room"),
        ("ws://example.org:port/dots", "no address of a room"),
        ("ws://example.org/a%2Fb", "no '/'"),
    ],
)
def test_what_is_no_address_is_refused_with_how_to_write_it(written: str, says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        parse_where(written)


def test_a_wrong_address_in_the_environment_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMCAST_SERVER", "example.org:port")
    with pytest.raises(BadArgument, match="ROOMCAST_SERVER"):
        parse_where("dots")


def test_people_are_shown_the_server_without_the_rest() -> None:
    assert parse_where("192.168.1.20/dots").server == "192.168.1.20:8112"
    assert parse_where("wss://example.org/dots").server == "example.org"
