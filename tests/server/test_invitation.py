"""The address that others type, and its QR code."""

import pytest

from roomcast.server import invitation


def own() -> str:
    return "192.168.1.20:8112"


@pytest.mark.parametrize("host", ["class-pc.local:8112", "10.0.0.7", "[fd00::1]:8112", "rooms.example.org"])
def test_the_address_that_was_typed_is_good_for_others(host: str) -> None:
    assert invitation.address({"Host": host}, own) == f"http://{host}"


@pytest.mark.parametrize(
    "host",
    [
        *("localhost:8112", "127.0.0.1:8112", "127.8.0.1", "[::1]:8112", "a.localhost"),
        *("", '"><script>', "a b", "évil", "a/b", "user@host", "a\n", "[::1", "a:b", "\udcff"),
    ],
)
def test_one_that_means_this_computer_or_nothing_is_replaced(host: str) -> None:
    assert invitation.address({"Host": host}, own) == "http://192.168.1.20:8112"


def test_behind_a_tunnel_it_is_the_tunnels() -> None:
    headers = {"Host": "rooms.example.org", "X-Forwarded-Proto": "https"}
    assert invitation.address(headers, own) == "https://rooms.example.org"


@pytest.mark.parametrize("path", ["", "dots", "/é", "/" + "a" * 400])
def test_no_code_is_made_of_what_is_no_path(path: str) -> None:
    assert invitation.qr("http://a", path) is None


def test_the_longest_name_of_a_room_fits() -> None:
    assert invitation.qr("http://192.168.100.200:65535", "/board/" + "%F0%9F%98%80" * 32) is not None
