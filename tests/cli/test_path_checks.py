"""What `roomcast doctor ADDRESS` says of servers on this computer, and of addresses: whether it is true."""

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from roomcast.cli import network_checks, path_checks
from roomcast.cli.doctor_finding import Severity
from roomcast.discovery import networks, servers
from roomcast.discovery.networks import Interface
from roomcast.server.access import AccessSettings
from tests.integration.conftest import RunningServer, start_server, unused_port

__all__ = ["start_server", "unused_port"]  # fixtures of the integration tests

Start = Callable[..., RunningServer]
OTHER = (Severity.NOTE, "is on another network, behind a router, which must let you pass")
SAME = (Severity.GOOD, "is on the same network")
OWN = (Severity.GOOD, "is this computer's own address")
HERE = (Severity.GOOD, "is this computer itself")


@pytest.fixture(autouse=True)
def interfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interfaces of a computer at home, with containers and a VPN."""
    made = [
        ("lo", "127.0.0.1/8", False),
        ("lo", "::1/128", False),
        ("eth0", "192.168.1.20/24", False),
        ("eth0", "fd00:1::20/64", False),
        ("eth0", "fe80::20/64", False),
        ("docker0", "172.17.0.1/16", True),
        ("tailscale0", "100.64.0.7/32", False),
    ]
    found = [
        Interface(name, address.partition("/")[0], ipaddress.ip_network(address, strict=False), inside)
        for name, address, inside in made
    ]
    monkeypatch.setattr(networks, "every_interface", lambda: found)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        *(("127.0.0.1", HERE), ("127.8.0.1", HERE), ("::1", HERE)),
        *(("192.168.1.20", OWN), ("fd00:1::20", OWN), ("fe80::20%eth0", OWN), ("172.17.0.1", OWN), ("100.64.0.7", OWN)),
        *(("192.168.1.21", SAME), ("fd00:1::21", SAME), ("fe80::21%eth0", SAME), ("169.254.3.4", SAME)),
        ("172.17.0.5", (Severity.GOOD, "is on a network inside this computer (docker0)")),
        *(("192.168.2.1", OTHER), ("10.0.0.1", OTHER), ("fd00:2::1", OTHER)),
        ("100.64.0.8", (Severity.NOTE, "is in a network that its provider or a VPN shares, which must let you pass")),
        ("8.8.8.8", (Severity.NOTE, "is a public address: a router or a firewall there must let you pass")),
        ("2a00:1450::1", (Severity.NOTE, "is a public address: a router or a firewall there must let you pass")),
    ],
)
def test_where_an_address_is(address: str, says: tuple[Severity, str]) -> None:
    assert path_checks.relation(address) == says


def report(host: str, port: int, *, tls: bool = False) -> list[tuple[str, str, str]]:
    return [(one.level.value, one.words, one.todo) for one in path_checks.path_to(host, port, tls=tls)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_server_on_this_computer_is_on_no_other_network(start_server: Start, host: str) -> None:
    place, server = report(host, start_server().port)
    assert place == ("good", "127.0.0.1 is this computer itself", "")
    assert server[0] == "good"
    assert "rooms: none open yet" in server[1]


def test_where_nothing_listens_here_it_says_to_start_one(unused_port: int) -> None:
    place, none = report("127.0.0.1", unused_port)
    assert place[1] == "127.0.0.1 is this computer itself"
    words = f"nothing listens at 127.0.0.1:{unused_port} on this computer"
    assert none == ("broken", words, f"start a server: roomcast serve --port {unused_port}")


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> str:
    """A name of this computer in somebody's DNS, which its server does not know."""
    found = socket.getaddrinfo

    def look_up(host: str, *more: object, **others: object) -> object:
        return found("127.0.0.1" if host == "class.example.org" else host, *more, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return "class.example.org"


def test_a_name_that_the_server_does_not_know_is_told_with_the_setting(start_server: Start, named: str) -> None:
    level, words, todo = report(named, start_server().port)[1]
    assert level == "warning"
    assert "does not know that it is called class.example.org" in words
    assert "--allow-host class.example.org" in todo
    known = start_server(access=AccessSettings(hosts=(named,)))
    assert report(named, known.port)[1][0] == "good"


def test_programs_ask_a_server_under_any_name(start_server: Start, named: str) -> None:
    server = start_server()
    assert servers.rooms(named, server.port) == ()
    code = server.ask(lambda: server.directory.code("dots"))
    assert servers.room_of_code(named, server.port, code) == "dots"


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A port at which something says this, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                while True:
                    connection, _ = listener.accept()
                    connection.recv(4096)
                    connection.sendall(answer)
                    connection.close()
            except OSError:
                pass  # the listener was closed

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("answer", "level", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "broken", "is no Roomcast server"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "broken", "is no Roomcast server"),
        (b"SSH-2.0-OpenSSH_9\r\n", "broken", "is no Roomcast server"),
        (b"", "broken", "is no Roomcast server"),
        (b"HTTP/1.1 503 Busy\r\n\r\n", "warning", "has too much to do (HTTP 503)"),
    ],
)
def test_what_answers_is_told_apart(answer: bytes, level: str, words: str) -> None:
    with answering(answer) as port:
        found = report("127.0.0.1", port)[1]
        assert found[0] == level
        assert words in found[1]


def test_what_speaks_no_tls_is_no_server_behind_tls(start_server: Start) -> None:
    level, words, todo = report("127.0.0.1", start_server().port, tls=True)[1]
    assert level == "broken"
    assert "TLS" in words
    assert "ws://" in todo


def test_a_server_on_one_address_of_its_own_is_seen(start_server: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    port = start_server().port  # on 127.0.0.1, which stands for its own address
    monkeypatch.setattr(network_checks, "HERE", "127.0.0.9")
    monkeypatch.setattr(network_checks, "_own_hosts", lambda: ["127.0.0.1"])
    monkeypatch.setattr(networks, "addresses", lambda family=socket.AF_INET: ["127.0.0.1"])
    first, second, *_ = network_checks.port_is_open(port)
    assert first.words == f"a server runs on port {port}; its players: 0"
    assert second.words == f"the server answers at 127.0.0.1:{port}"


def test_a_computer_without_a_server_is_not_told_what_others_type() -> None:
    (found,) = network_checks.places()
    assert found.words == "this computer is 192.168.1.20 on eth0, 100.64.0.7 on tailscale0"
