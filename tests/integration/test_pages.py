"""What a plain GET gets, on the port where WebSockets are."""

import http.client
import json
import socket
from collections.abc import Callable

import pytest

import roomcast
from roomcast import Room
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until


def get(server: RunningServer, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def talk(server: RunningServer, request: bytes) -> bytes:
    """All that comes back for these bytes, until the server ends the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


def test_the_front_page_says_what_this_is_and_how_to_join(server: RunningServer) -> None:
    status, headers, page = get(server, "/")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "This is a Roomcast server" in page
    assert f'roomcast.join("127.0.0.1:{server.port}/dots"' in page
    assert "Nobody is here yet." in page


def test_it_lists_the_rooms_with_somebody_in_them(server: RunningServer, enter: Callable[..., Room]) -> None:
    enter("red", room="dots")
    enter("blue", room="dots")
    gone = enter("green", room="board")
    assert "<td>board<td>1" in get(server, "/?from=somewhere")[2]
    gone.leave()
    page = get(server, "/")[2]
    assert "<td>dots<td>2" in page
    assert "board" not in page


def test_names_of_rooms_and_hosts_cannot_bring_html(server: RunningServer, enter: Callable[..., Room]) -> None:
    enter("red", room="<script>alert('&')<&script>")
    _, _, page = get(server, "/", Host='"><script>{room}')
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;&amp;script&gt;" in page
    assert "&quot;&gt;&lt;script&gt;{room}" in page


@pytest.mark.parametrize("path", ["/", "/healthz", "/style.css", "/nothing"])
def test_pages_may_load_nothing_from_elsewhere_and_be_in_no_frame(server: RunningServer, path: str) -> None:
    _, headers, _ = get(server, path)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_the_front_page_needs_nothing_that_its_policy_forbids(server: RunningServer) -> None:
    _, _, page = get(server, "/")
    assert "style=" not in page
    assert "<script" not in page
    status, headers, style = get(server, "/style.css")
    assert (status, headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "font" in style


def test_healthz_counts(server: RunningServer, enter: Callable[..., Room]) -> None:
    status, headers, body = get(server, "/healthz")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body) == {"status": "ok", "rooms": 0, "connections": 0, "commands": 0}
    red = enter("red")
    red.send("step")
    pump_until(lambda: red.unacknowledged == 0, red)
    assert json.loads(get(server, "/healthz")[2]) == {"status": "ok", "rooms": 1, "connections": 1, "commands": 1}


@pytest.mark.parametrize(
    "path", ["/nothing", "/healthz/", "/../secret", "/%2e%2e", "/é".encode().decode("latin-1"), "//"]
)
def test_what_is_not_there_is_not_found(server: RunningServer, path: str) -> None:
    answer = talk(server, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode("latin-1"))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.endswith(b"The front page is at /.\n")


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi",
        b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",  # as TLS begins
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n",  # no key, no version
    ],
)
def test_what_is_no_get_is_a_bad_request(server: RunningServer, request_: bytes) -> None:
    assert talk(server, request_).startswith(b"HTTP/1.1 400 ")
    assert get(server, "/healthz")[0] == 200


def test_headers_without_end_are_cut_off(server: RunningServer) -> None:
    try:
        assert talk(server, b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000) == b""
    except ConnectionError:
        pass  # a reset is as good
    assert get(server, "/healthz")[0] == 200


def test_a_page_is_answered_while_a_room_is_busy(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        for number in range(2000):
            red.send("count", number)
        assert get(server, "/healthz")[0] == 200
