"""For whom a request was made, as proxies say it: whom a server believes, and how much of it."""

import pytest

from roomcast.errors import CannotServe
from roomcast.server.trusted_proxies import TrustedProxies
from roomcast.transports.http_message import Request

OURS = ("127.0.0.1", "10.0.0.0/8", "fd00::/8")


def client(peer: str, *fields: tuple[str, str]) -> str:
    return TrustedProxies(OURS).resolved(Request.to("/", fields, peer=peer)).peer


def test_nobody_is_believed_who_is_not_trusted() -> None:
    fields = [("X-Forwarded-For", "9.9.9.9"), ("X-Forwarded-Host", "a.org"), ("X-Forwarded-Proto", "https")]
    for proxies, peer in ((OURS, "192.0.2.1"), ((), "127.0.0.1"), (OURS, "?"), (OURS, "2001:db8::1")):
        request = Request.to("/", [*fields, ("Host", "x"), ("Forwarded", "for=9.9.9.9;host=b.org")], peer=peer)
        assert TrustedProxies(proxies).resolved(request) is request


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),  # some proxies add the port
        (" 203.0.113.9 ", "203.0.113.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("[2001:db8::9]:4711", "2001:db8::9"),
        ("2001:DB8:0:0::9", "2001:db8::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
        ("6.6.6.6, 203.0.113.9", "203.0.113.9"),  # what stands left of it, the client may have written
        ("203.0.113.9, 10.1.2.3", "203.0.113.9"),  # through two proxies of ours
        ("6.6.6.6, 203.0.113.9, 10.1.2.3, fd00::7", "203.0.113.9"),
        ("10.1.2.3", "10.1.2.3"),  # a client beside the proxy
        ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("127.0.0.1", "127.0.0.1"),
        # what is junk says nothing: then it is the proxy itself that counts
        ("unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
        (",,,", "127.0.0.1"),
        ("example.org", "127.0.0.1"),
        ("999.1.1.1", "127.0.0.1"),
        ("1.2.3.4.5", "127.0.0.1"),
        ("1.2.3", "127.0.0.1"),
        ("1.2.3.4:port", "127.0.0.1"),
        ("203.0.113.9/32", "127.0.0.1"),
        ("203.0.113.9, junk", "127.0.0.1"),
        ("6.6.6.6, junk, 10.1.2.3", "127.0.0.1"),
        ("6.6.6.6" + ", 10.0.0.1" * 50, "10.0.0.1"),  # nobody has that many proxies
    ],
)
def test_the_client_is_the_rightmost_that_is_no_proxy_of_ours(said: str, found: str) -> None:
    assert client("127.0.0.1", ("X-Forwarded-For", said)) == found


def test_several_fields_are_one_list() -> None:
    fields = [("X-Forwarded-For", "6.6.6.6"), ("x-forwarded-for", "203.0.113.9"), ("X-FORWARDED-FOR", "10.1.2.3")]
    assert client("10.0.0.1", *fields) == "203.0.113.9"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("for=203.0.113.9", "203.0.113.9"),
        ("For=203.0.113.9;proto=https", "203.0.113.9"),
        ('for="203.0.113.9:4711"', "203.0.113.9"),
        ('for="[2001:db8::9]"', "2001:db8::9"),
        ('for="[2001:db8::9]:4711"', "2001:db8::9"),
        ('for="[2001:db8::9]:_port"', "2001:db8::9"),
        ("for=6.6.6.6, for=203.0.113.9", "203.0.113.9"),
        ("for=203.0.113.9, for=10.1.2.3;by=10.0.0.1", "203.0.113.9"),
        ('for="6.6.6.6, for=7.7.7.7", for=203.0.113.9', "203.0.113.9"),  # a comma in quotation marks
        ('for="203.0.113.9\\"", for=10.1.2.3', "127.0.0.1"),  # what stands between is junk
        ("for=unknown", "127.0.0.1"),
        ("for=_hidden", "127.0.0.1"),
        ("by=10.0.0.1", "127.0.0.1"),
        ("for=", "127.0.0.1"),
        ('for="203.0.113.9', "127.0.0.1"),
        ("for=203.0.113.9;;", "203.0.113.9"),
        ("203.0.113.9", "127.0.0.1"),
        ("for=203.0.113.9, junk", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_forwarded_says_the_same_in_other_words(said: str, found: str) -> None:
    assert client("127.0.0.1", ("Forwarded", said)) == found


def test_where_the_two_name_different_clients_neither_is_believed() -> None:
    one, other = ("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=6.6.6.6")
    assert client("127.0.0.1", one, other) == "127.0.0.1"
    assert client("127.0.0.1", one, ("Forwarded", "for=203.0.113.9;proto=https")) == "203.0.113.9"
    assert client("127.0.0.1", one, ("Forwarded", "proto=https")) == "203.0.113.9"


@pytest.mark.parametrize(
    ("fields", "host", "secure"),
    [
        ({}, "backend:8112", False),
        ({"X-Forwarded-Host": "play.example.org"}, "play.example.org", False),
        ({"X-Forwarded-Proto": "https"}, "backend:8112", True),
        ({"X-Forwarded-Proto": "HTTPS", "X-Forwarded-For": "9.9.9.9"}, "backend:8112", True),
        ({"X-Forwarded-Proto": "wss"}, "backend:8112", True),
        ({"X-Forwarded-Proto": "http"}, "backend:8112", False),
        ({"X-Forwarded-Proto": "https, http", "X-Forwarded-For": "9.9.9.9, 10.1.2.3"}, "backend:8112", True),
        ({"X-Forwarded-Host": "evil.example, play.example.org"}, "play.example.org", False),
        (
            {"X-Forwarded-Host": "play.example.org, inner", "X-Forwarded-For": "9.9.9.9, 10.1.2.3"},
            "play.example.org",
            False,
        ),
        ({"X-Forwarded-Host": "a b"}, "backend:8112", False),
        ({"X-Forwarded-Host": "http://play.example.org"}, "backend:8112", False),
        ({"Forwarded": "for=9.9.9.9;host=play.example.org;proto=https"}, "play.example.org", True),
        ({"Forwarded": 'host="play.example.org:8443"'}, "play.example.org:8443", False),
        ({"Forwarded": "host=a.org, host=b.org"}, "b.org", False),
    ],
)
def test_the_host_and_the_scheme_are_those_that_the_client_used(
    fields: dict[str, str], host: str, secure: bool
) -> None:
    request = Request.to("/", [("Host", "backend:8112"), *fields.items()], peer="127.0.0.1")
    found = TrustedProxies(OURS).resolved(request)
    assert (found.host, found.secure) == (host, secure)


def test_long_junk_takes_time_that_follows_its_length() -> None:
    """A pattern that goes back and forth would take for ever on these."""
    for said in ('"' * 15_000, "a=" * 7_000, 'a="' + "\\" * 15_000, ";" * 15_000, "for=1.1.1.1," * 1_300, " " * 15_000):
        assert client("127.0.0.1", ("Forwarded", said), ("X-Forwarded-For", said))


@pytest.mark.parametrize("proxy", ["", "proxy.example.org", "10.0.0.0/33", "10.0.0", "localhost", "10.0.0.1:80"])
def test_what_is_no_address_is_refused_with_the_setting(proxy: str) -> None:
    with pytest.raises(CannotServe, match=r"^--trusted-proxy: .* is no address: give the proxy's"):
        TrustedProxies([proxy])
