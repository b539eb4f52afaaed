"""The address that others type, and its QR code."""

from dataclasses import replace

import pytest

from roomcast.server import invitation
from roomcast.transports.http_message import Request


def own() -> str:
    return "192.168.1.20:8112"


@pytest.mark.parametrize("host", ["class-pc.local:8112", "10.0.0.7", "[fd00::1]:8112", "rooms.example.org"])
def test_the_address_that_was_typed_is_good_for_others(host: str) -> None:
    assert invitation.address(Request.to("/", host=host), own) == f"http://{host}"


@pytest.mark.parametrize(
    "host",
    [
        *("localhost:8112", "127.0.0.1:8112", "127.8.0.1", "[::1]:8112", "a.localhost"),
        *("", '"><script>', "a b", "évil", "a/b", "user@host", "a\n", "[::1", "a:b", "\udcff"),
    ],
)
def test_one_that_means_this_computer_or_nothing_is_replaced(host: str) -> None:
    assert invitation.address(Request.to("/", host=host), own) == "http://192.168.1.20:8112"


def test_behind_a_tunnel_it_is_the_tunnels() -> None:
    request = replace(Request.to("/", host="rooms.example.org"), secure=True)
    assert invitation.address(request, own) == "https://rooms.example.org"


@pytest.mark.parametrize(
    ("path", "does"),
    [("/", True), ("/dots", True), ("", False), ("dots", False), ("/é", False), ("/" + "a" * 400, False)],
)
def test_a_path_fits_that_cameras_can_read(path: str, does: bool) -> None:
    assert invitation.fits(path) is does


def test_the_longest_name_of_a_room_fits() -> None:
    path = "/board/" + "%F0%9F%98%80" * 32
    assert invitation.fits(path)
    assert invitation.qr("http://192.168.100.200:65535" + path).startswith(b"<svg")


def test_a_code_is_made_once_and_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(invitation, "qr", lambda url: made.append(url) or url.encode())
    monkeypatch.setattr(invitation, "_KEPT", 3)
    codes = invitation.QrCodes()
    assert [codes.of("a"), codes.of("a"), codes.of("a")] == [(b"a", True), (b"a", False), (b"a", False)]
    for url in ("b", "c", "a", "d", "a", "b"):  # what was asked for lately stays
        codes.of(url)
    assert made == ["a", "b", "c", "d", "b"]
    assert list(codes._kept) == ["d", "a", "b"]
