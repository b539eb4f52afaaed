"""What a server says of its rooms, and what strangers say in its place."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from roomcast.discovery import announce, browse, networks, servers
from roomcast.discovery.announce import announced, is_for_others
from roomcast.discovery.browse import Announced
from roomcast.discovery.networks import Interface, Network
from roomcast.discovery.servers import FoundServer, ListedPlayer, OpenRoom
from roomcast.discovery.service import why_no_multicast
from tests.integration.conftest import RunningServer, enter, server, start_server  # noqa: F401  # fixtures

HERE = "127.0.0.1"


@contextmanager
def answering(*pieces: bytes) -> Iterator[int]:
    """A port where one who asks gets these bytes, and then nothing for a while."""
    with socket.create_server((HERE, 0)) as listener:
        over = threading.Event()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                for piece in pieces:
                    connection.sendall(piece)
                if not pieces:
                    over.wait(10)

        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        thread.join(10)


def ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def test_rooms_and_those_in_them(server: RunningServer, enter: Callable[..., object]) -> None:  # noqa: F811
    assert servers.rooms(HERE, server.port) == ()
    red = enter("red")
    code = red.code  # type: ignore[attr-defined]
    seats = server.directory.limits.room_players - 1
    listed = OpenRoom("dots", code, (ListedPlayer("red", id="red"),), seats=seats)
    assert servers.rooms(HERE, server.port) == (listed,)
    assert servers.room_of_code(HERE, server.port, f" {code.lower()} ") == "dots"
    assert servers.room_of_code(HERE, server.port, "XXXX/../healthz") is None


def test_those_of_one_name_are_called_by_their_ids() -> None:
    unnamed = [ListedPlayer("player", id=one) for one in ("player", "player2", "player4")]
    room = OpenRoom("dots", "", (ListedPlayer("Ada Lovelace", id="Ada_Lovelace"), *unnamed))
    assert room.called() == ["Ada Lovelace", "player", "player2", "player4"]
    earlier = OpenRoom("dots", "", (ListedPlayer("player"), ListedPlayer("player")))  # of a server that says no ids
    assert earlier.called() == ["player", "player"]


@pytest.mark.parametrize(
    "answer",
    [
        ok(b""),
        ok(b"<html>"),
        ok(b"[1]"),
        ok(b"{}"),
        ok(b'{"rooms": [{"name": 5}]}'),
        ok(b'{"rooms": ' + b"[" * 100_000),
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"rooms"',
        b"HTTP/1.1 302 Found\r\nLocation: http://example.org/\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
    ids=["empty", "html", "a list", "no rooms", "wrong types", "deep", "404", "cut off", "elsewhere", "ssh", "nothing"],
)
def test_what_is_no_roomcast_server_is_an_error_and_nothing_worse(answer: bytes) -> None:
    with answering(answer) as port, pytest.raises(OSError, match=r"."):
        servers.rooms(HERE, port)


def test_one_that_never_answers_is_waited_for_but_not_for_long() -> None:
    with answering() as port, pytest.raises(TimeoutError):
        servers.rooms(HERE, port, 0.1)


def test_visiting_tries_each_address_and_says_who_does_not_answer(server: RunningServer) -> None:  # noqa: F811
    with socket.socket() as peer:
        peer.bind((HERE, 0))
        nobody = peer.getsockname()[1]
        found = servers.visit(
            [
                Announced("lab-pc", ("127.0.0.2", HERE), server.port, "1.0"),
                Announced("red-pc", (HERE,), nobody, "1.0"),
                Announced("blue-pc", (), server.port, ""),
            ]
        )
    assert found == [
        FoundServer("lab-pc", HERE, server.port, "1.0", ()),
        FoundServer("red-pc", HERE, nobody, "1.0", None),
        FoundServer("blue-pc", "", server.port, "", None),
    ]
    assert found[0].address == f"127.0.0.1:{server.port}"
    assert FoundServer("six", "fd00::1", 8112, "", ()).address == "[fd00::1]:8112"


def test_what_a_stranger_is_called_cannot_command_a_terminal() -> None:
    assert browse._shown("lab-pc._roomcast._tcp.local.") == "lab-pc"
    assert browse._shown("Zoë's Mac\x1b[2J\n\u202e._roomcast._tcp.local.") == "Zoë's Mac?[2J??"


# ---------------------------------------------------------------------- networks


def interface(address: str, network: Network) -> Interface:
    return Interface("eth0", address, network)


def test_an_interface_reaches_those_on_its_network() -> None:
    import ipaddress

    one = interface("192.168.1.20", ipaddress.ip_network("192.168.1.0/24"))
    assert one.reaches("192.168.1.99")
    assert not one.reaches("192.168.2.1")
    assert not one.reaches("fd00::1")
    assert not one.reaches("lab-pc")


@pytest.mark.parametrize(
    ("name", "inside"),
    [("eth0", False), ("wlp3s0", False), ("Wi-Fi", False), ("docker0", True), ("br-4f2a", True), ("virbr0", True)],
)
def test_networks_inside_a_computer_are_left_out(name: str, inside: bool) -> None:
    assert networks._is_inside(name, name) is inside
    assert networks._is_inside("{846EE342}", "Hyper-V Virtual Ethernet Adapter")


def test_what_only_this_computer_can_reach_is_not_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "addresses", lambda family=socket.AF_INET: ["192.168.1.20"])
    assert announced("0.0.0.0") == ["192.168.1.20"]
    assert announced("192.168.1.20") == ["192.168.1.20"]
    for host in ("127.0.0.1", "::1", "localhost", "127.0.1.1"):
        assert announced(host) == []
        assert not is_for_others(host)
    assert is_for_others("0.0.0.0")
    assert is_for_others("")
    assert is_for_others("::")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(98, "Address already in use"), "port 5353 (mDNS) is taken"),
        (PermissionError(1, "Operation not permitted"), "the system does not permit it"),
        (OSError(19, "No such device"), "no network here takes multicast"),
        (RuntimeError("what?"), "mDNS does not work here (what?)"),
        (RuntimeError(), "mDNS does not work here (RuntimeError)"),
    ],
)
def test_why_there_is_no_multicast_is_said_in_words(error: Exception, says: str) -> None:
    assert why_no_multicast(error).startswith(says)


def test_an_announcement_that_fails_says_so_once_and_ends_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    tried = threading.Semaphore(0)

    def broken() -> list[str]:
        tried.release()
        raise OSError(19, "No such device")

    monkeypatch.setattr(networks, "addresses", lambda family=socket.AF_INET: ["192.0.2.1"])
    monkeypatch.setattr(networks, "for_multicast", broken)
    monkeypatch.setattr(announce, "_FIRST_AFTER", 0.0)
    monkeypatch.setattr(announce, "_LOOK_EVERY", 0.01)
    announcement = announce.Announcement("0.0.0.0", 8112, said.append)
    announcement.start()
    for _ in range(5):
        assert tried.acquire(timeout=10)
    announcement.close()
    announcement.close()
    assert said == [
        "this server is not announced on the network, so others must type its address: no network here takes multicast"
    ]


# ---------------------------------------------------------------------- what it costs those who do not need it


def test_a_program_that_has_an_address_imports_none_of_it() -> None:
    program = "import sys, roomcast; print(*{'zeroconf', 'ifaddr', 'prompt_toolkit', 'rich'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == ""
