"""What the HTTP port answers to every kind of request, over real sockets: RFC 9110, RFC 9112."""

import http.client
import json
import re
import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from roomcast.discovery.service import announced_host
from roomcast.server.access import AccessSettings
from tests.integration.conftest import RunningServer
from tests.waiting import wait_for

Start = Callable[..., RunningServer]

HOST = b"Host: localhost\r\n"
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
VERSION = b"Sec-WebSocket-Version: 13\r\n"
BIG = b"x" * 20_000


def talk(server: RunningServer, *pieces: bytes) -> bytes:
    """All that comes back for these bytes, until the server ends the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        # methods
        (b"GET / HTTP/1.1\r\n" + HOST, 200),
        (b"HEAD / HTTP/1.1\r\n" + HOST, 200),
        (b"OPTIONS * HTTP/1.1\r\n" + HOST, 204),
        (b"OPTIONS /rooms.json HTTP/1.1\r\n" + HOST, 204),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n", 405),
        (b"PUT / HTTP/1.1\r\n" + HOST, 405),
        (b"DELETE / HTTP/1.1\r\n" + HOST, 405),
        (b"TRACE / HTTP/1.1\r\n" + HOST, 405),
        (b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST, 405),
        (b"BREW / HTTP/1.1\r\n" + HOST, 501),
        (b"get / HTTP/1.1\r\n" + HOST, 501),  # methods are case-sensitive
        # request lines
        (b"GET / HTTP/1.0\r\n", 200),
        (b"GET / HTTP/1.0\r\n" + HOST, 200),
        (b"GET / HTTP/2.0\r\n" + HOST, 505),
        (b"GET / HTTP/0.9\r\n" + HOST, 505),
        (b"GET / HTTP/1.1 \r\n" + HOST, 400),
        (b"GET  / HTTP/1.1\r\n" + HOST, 400),
        (b"GET /\r\n" + HOST, 400),
        (b"GET / http/1.1\r\n" + HOST, 400),
        (b"GET nothing HTTP/1.1\r\n" + HOST, 400),
        (b"GET /\xc3\xa9 HTTP/1.1\r\n" + HOST, 400),
        (b"GET /\x00 HTTP/1.1\r\n" + HOST, 400),
        (b"GET http://localhost/ HTTP/1.1\r\n" + HOST, 200),
        (b"GET http://localhost HTTP/1.1\r\n" + HOST, 200),
        (b"GET http://evil.example/ HTTP/1.1\r\n" + HOST, 421),  # the target counts (RFC 9112, section 3.2.2)
        (b"GET http://user@localhost/ HTTP/1.1\r\n" + HOST, 400),
        (b"GET ftp://localhost/ HTTP/1.1\r\n" + HOST, 400),
        (b"nonsense\r\n", 400),
        (b"\r\nGET / HTTP/1.1\r\n" + HOST, 200),  # empty lines before a request are skipped
        # Host
        (b"GET / HTTP/1.1\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + HOST, 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"HOST: evil.example\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost:\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost, evil.example\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: http://localhost\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost/\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost:http\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost@evil.example\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: \xe9vil\r\n", 400),
        # header fields
        (b"GET / HTTP/1.1\r\n" + HOST + b"No colon\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : localhost\r\n", 400),
        (b"GET / HTTP/1.1\r\n Host: localhost\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n", 400),  # folded
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\nY: b\r\n", 400),  # a bare line end
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rb\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: 1\r\n" * 99, 200),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: 1\r\n" * 100, 431),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 16_000 + b"\r\n", 200),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + BIG + b"\r\n", 431),
        (b"GET /" + BIG + b" HTTP/1.1\r\n" + HOST, 431),
        # bodies
        (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n", 200),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nContent-Length: 5\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n", 400),
        # upgrades
        (b"GET / HTTP/1.1\r\n" + HOST + UPGRADE + KEY + b"Sec-WebSocket-Version: 8\r\n", 426),
        (b"GET / HTTP/1.1\r\n" + HOST + UPGRADE + KEY + b"Sec-WebSocket-Version: 7\r\n", 426),
        (b"GET / HTTP/1.1\r\n" + HOST + UPGRADE + KEY, 426),
        (b"GET / HTTP/1.1\r\n" + HOST + UPGRADE + VERSION, 400),
        (b"GET / HTTP/1.1\r\n" + HOST + UPGRADE + VERSION + b"Sec-WebSocket-Key: short\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + UPGRADE + VERSION + KEY + KEY, 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\n" + VERSION + KEY, 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Upgrade: h2c\r\nConnection: Upgrade\r\n", 200),  # is not followed
        (b"GET / HTTP/1.0\r\n" + HOST + UPGRADE + VERSION + KEY, 200),  # nor is it in HTTP/1.0
    ],
)
def test_each_request_gets_the_status_that_the_standard_says(server: RunningServer, request_: bytes, code: int) -> None:
    answer = talk(server, request_ + b"\r\n")
    assert status(answer) == code, answer
    fields, _, body = answer.partition(b"\r\n\r\n")
    assert b"\r\nConnection: close" in fields
    if code >= 400:
        assert re.fullmatch(rb"[^\n]{20,300}\n", body), "one sentence"
    if code == 405:
        assert b"\r\nAllow: GET, HEAD, OPTIONS\r\n" in fields
    if code == 426:
        assert b"\r\nSec-WebSocket-Version: 13\r\n" in fields + b"\r\n"


@pytest.mark.parametrize(
    "first", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00\x00", b"\x05\x01\x00", b"{}", b" GET / HTTP/1.1"]
)
def test_what_does_not_begin_as_http_is_refused_at_its_first_byte(server: RunningServer, first: bytes) -> None:
    answer = talk(server, first)  # nobody waits for more
    assert status(answer) == 400
    assert b"http://" in answer


def test_a_request_may_come_byte_by_byte(server: RunningServer) -> None:
    request = b"\r\nGET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    assert status(talk(server, *(request[i : i + 1] for i in range(len(request))))) == 200


def test_a_head_request_gets_the_fields_of_the_page_and_no_body(server: RunningServer) -> None:
    for path in (b"/", b"/nothing", b"/rooms.json", b"/roomcast/style.css"):
        whole, head = (talk(server, one + b" " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n") for one in (b"GET", b"HEAD"))
        fields, _, body = whole.partition(b"\r\n\r\n")
        assert head == fields + b"\r\n\r\n"
        assert b"Content-Length: %d\r\n" % len(body) in fields + b"\r\n"


def test_who_sends_a_body_can_read_the_response_all_the_same(server: RunningServer) -> None:
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 300000\r\n\r\n"
    assert status(talk(server, head, b"x" * 300_000)) == 405


def test_a_request_that_never_ends_is_ended(start_server: Start) -> None:
    server = start_server(hello_within=0.2)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        try:
            assert connection.recv(1) == b""
        except ConnectionError:
            pass


def test_a_mistake_of_the_server_is_a_500_and_the_rest_goes_on(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server.directory, "rooms", None)
    assert status(talk(server, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")) == 500
    assert "/healthz" in caplog.text
    assert status(talk(server, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")) == 200
    monkeypatch.undo()


def request(server: RunningServer, path: str, upgrade: bool = False, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if upgrade:
        fields |= {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        fields["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    try:
        connection.request("GET", path, headers=fields)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), "" if answer.status == 101 else answer.read().decode()
    finally:
        connection.close()


def test_dns_rebinding_reaches_neither_pages_nor_rooms(server: RunningServer) -> None:
    evil = f"evil.example:{server.port}"
    for path in ("/", "/rooms.json", "/healthz", "/code/KXRH", "/qr.svg", "/roomcast.js", "/nothing"):
        code, _, said = request(server, path, Host=evil)
        assert code == 421
        assert "--allow-host evil.example (help: " in said
    assert request(server, "/", True, Host=evil, Origin=f"http://{evil}")[0] == 421
    assert request(server, "/", True, Host=evil)[0] == 101  # no browser: those send an origin


def test_the_name_under_which_it_is_announced_is_its_own(server: RunningServer) -> None:
    assert request(server, "/rooms.json", Host=f"{announced_host(server.port)}:{server.port}")[0] == 200
    assert request(server, "/rooms.json", Host=f"{announced_host(server.port + 1)}:{server.port}")[0] == 421


def test_names_that_are_allowed_are_answered(start_server: Start) -> None:
    server = start_server(access=AccessSettings(hosts=("play.example.org", "*.example.net")))
    for host in ("play.example.org", f"PLAY.example.org:{server.port}", "a.example.net", "a.b.example.net"):
        assert request(server, "/rooms.json", Host=host)[0] == 200
        assert request(server, "/", True, Host=host, Origin=f"http://{host}")[0] == 101
    assert request(server, "/rooms.json", Host="example.net")[0] == 421
    assert request(start_server(access=AccessSettings(hosts=("*",))), "/", Host="any.example")[0] == 200


def test_a_page_of_another_origin_is_told_the_setting(server: RunningServer) -> None:
    code, _, said = request(server, "/", True, Origin="http://localhost:5173")
    assert code == 403
    assert "--allow-origin http://localhost:5173 (help: " in said


def test_a_page_that_is_allowed_may_connect_and_read_what_it_needs(start_server: Start) -> None:
    page = "http://localhost:5173"
    server = start_server(access=AccessSettings(origins=(page,)))
    assert request(server, "/", True, Origin=page)[0] == 101
    assert request(server, "/", True, Origin="http://localhost:5174")[0] == 403
    for path in ("/roomcast.js", "/js/roomcast.js", "/js/link.js", "/rooms.json", "/code/KXRH"):
        _, fields, _ = request(server, path, Origin=page)
        assert fields["Access-Control-Allow-Origin"] == page
        assert fields["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert fields["Vary"] == "Origin"
        _, fields, _ = request(server, path, Origin="http://localhost:5174")
        assert "Access-Control-Allow-Origin" not in fields
        assert fields["Cross-Origin-Resource-Policy"] == "same-origin"
        assert fields["Vary"] == "Origin"
    for path in ("/", "/dots", "/healthz", "/roomcast/style.css", "/roomcast/pages/lobby.js", "/qr.svg"):
        assert "Access-Control-Allow-Origin" not in request(server, path, Origin=page)[1]


def test_a_preflight_of_an_allowed_page_is_answered(start_server: Start) -> None:
    server = start_server(access=AccessSettings(origins=("http://localhost:5173",)))
    ask = b"OPTIONS /rooms.json HTTP/1.1\r\n" + HOST + b"Access-Control-Request-Method: GET\r\nOrigin: "
    allowed = talk(server, ask + b"http://localhost:5173\r\n\r\n")
    assert b"\r\nAccess-Control-Allow-Origin: http://localhost:5173\r\n" in allowed
    assert b"\r\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n" in allowed
    assert b"Access-Control" not in talk(server, ask + b"http://localhost:5174\r\n\r\n")


def test_behind_a_proxy_the_address_is_the_one_that_others_type(start_server: Start) -> None:
    forwarded = {"X_Forwarded_Host": "play.example.org", "X_Forwarded_Proto": "https", "X_Forwarded_For": "9.9.9.9"}
    settings = AccessSettings(hosts=("play.example.org",), proxies=("127.0.0.1",))
    server = start_server(access=settings)
    _, _, said = request(server, "/rooms.json", **forwarded)
    assert json.loads(said)["address"] == "https://play.example.org"
    assert request(server, "/", True, Origin="https://play.example.org", **forwarded)[0] == 101
    # nobody is believed who is not trusted
    server = start_server(access=AccessSettings(hosts=("play.example.org",)))
    assert "play.example.org" not in request(server, "/rooms.json", **forwarded)[2]
    assert request(server, "/", True, Origin="https://play.example.org", **forwarded)[0] == 403


def test_the_address_that_a_trusted_proxy_names_is_the_clients(start_server: Start) -> None:
    server = start_server(access=AccessSettings(proxies=("127.0.0.0/8",)))

    def address(**headers: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        fields = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        fields["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
        try:
            connection.request("GET", "/", headers=fields | headers)
            assert connection.getresponse().status == 101
            return server.ask(lambda: [peer.address for peer in server.directory.peers][-1])
        finally:
            connection.close()

    assert address(**{"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}) == "203.0.113.9"
    assert address(Forwarded='for="[2001:db8::9]:4711"') == "2001:db8::9"
    assert address() == "127.0.0.1"


def upgraded(server: RunningServer, client: str) -> tuple[socket.socket, int]:
    """A WebSocket that a proxy opens for a client, and the status of the answer."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    forwarded = f"X-Forwarded-For: {client}\r\n".encode()
    connection.sendall(b"GET / HTTP/1.1\r\n" + HOST + UPGRADE + VERSION + KEY + forwarded + b"\r\n")
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += connection.recv(1)
    return connection, status(answer)


def test_behind_a_trusted_proxy_each_client_has_its_own_limits(start_server: Start) -> None:
    server = start_server(access=AccessSettings(proxies=("127.0.0.1",)), connections_address=2)
    with ExitStack() as stack:

        def come(client: str) -> socket.socket:
            connection, code = upgraded(server, client)
            assert code == 101
            return stack.enter_context(connection)

        let_in = [come(f"203.0.113.{number}") for number in range(8)]
        let_in += [come(f"2001:db8:0:{number}::1") for number in range(8)]
        let_in.append(come("203.0.113.0"))
        assert b"too many connections from 203.0.113.0" in come("203.0.113.0").recv(4096)
        let_in.append(come("2001:db8::2"))
        assert b"too many connections from 2001:db8::/64" in come("2001:db8::3").recv(4096)
        for one in let_in:
            one.setblocking(False)
            with pytest.raises(BlockingIOError):
                one.recv(4096)  # nothing was said to it, and it is open


def test_a_clients_sockets_are_given_back_when_they_end(start_server: Start) -> None:
    server = start_server(access=AccessSettings(proxies=("127.0.0.1",)))

    def sockets(address: str) -> int:
        return server.ask(lambda: server.directory.accounts.of(address, 0.0).sockets)

    connection, _ = upgraded(server, "203.0.113.9")
    assert (sockets("203.0.113.9"), sockets("127.0.0.1")) == (1, 0)
    connection.close()
    wait_for(lambda: sockets("203.0.113.9") == 0, what="its end is counted")
    request(server, "/", X_Forwarded_For="203.0.113.9")
    wait_for(lambda: sockets("203.0.113.9") == sockets("127.0.0.1") == 0, what="that of a page, too")
    assert server.ask(lambda: server.directory.admission.sockets) == 0
