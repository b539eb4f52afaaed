"""Which hosts a server takes for its own."""

import pytest

from roomcast.errors import CannotServe
from roomcast.server.own_hosts import OwnHosts


def ours(host: str, *allowed: str, machine: str = "class-pc") -> bool:
    return OwnHosts(allowed, ["0.0.0.0", "class-pc-roomcast-8112.local"], lambda: machine).include(host)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "192.168.1.20:8112",
            "192.168.1.20",
            "127.0.0.1",
            "8.8.8.8:80",
            "[fd00::1]:8112",
            "[::1]",
            "[::ffff:1.2.3.4]",
        ),
        *("localhost", "localhost:8112", "LOCALHOST", "localhost.", "a.localhost", "a.b.localhost:1"),
        *("class-pc", "Class-PC:8112", "class-pc.", "class-pc.local", "class-pc.local.:8112", "class-pc.lan"),
        *("class-pc.home.arpa", "class-pc.internal", "class-pc-roomcast-8112.local:8112"),
    ],
)
def test_addresses_and_names_of_this_computer_are_its_own(host: str) -> None:
    assert ours(host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8112", "localhost.evil.example", "evil-localhost", "notlocalhost", ""),
        *("class-pc.evil.example", "evil.local", "xclass-pc", "class-pc.local.evil.example", "other.lan"),
        *("127.0.0.1.evil.example", "0x7f.1", "2130706433", "127.1", "1.2.3.4.5", "[::1].evil", "127.0.0.1.nip.io"),
    ],
)
def test_all_others_are_not(host: str) -> None:
    assert not ours(host)


def test_a_computer_whose_name_is_whole_has_its_first_part_too() -> None:
    for host in ("class-pc.example.edu", "class-pc", "class-pc.local"):
        assert ours(host, machine="Class-PC.example.edu")
    assert not ours("example.edu", machine="class-pc.example.edu")
    assert not ours("", machine="")
    assert not ours(".local", machine="")


@pytest.mark.parametrize(
    ("allowed", "host", "is_ours"),
    [
        ("play.example.org", "play.example.org:443", True),
        ("Play.Example.ORG.", "play.example.org", True),
        ("play.example.org", "a.play.example.org", False),
        ("play.example.org", "example.org", False),
        ("*.example.org", "play.example.org", True),
        ("*.example.org", "a.b.example.org", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "evilexample.org", False),
        ("*", "evil.example", True),
        (" rooms ", "rooms:8112", True),
    ],
)
def test_names_that_are_allowed(allowed: str, host: str, is_ours: bool) -> None:
    assert ours(host, allowed) is is_ours


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        " ",
        "https://example.org",
        "example.org:443",
        "example.org/",
        "a b",
        "*.",
        "a*",
        "*.*.org",
        "**",
        "é.org",
        "[::1]",
    ],
)
def test_what_is_no_name_is_refused_with_the_setting(pattern: str) -> None:
    with pytest.raises(CannotServe, match=r"^--allow-host: .* is no name: give one such as "):
        OwnHosts([pattern])
